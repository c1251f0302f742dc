import type { Logger } from './logger.js';

/** Notes every message to and from the gateway. */
export interface MessageLog {
  /** A message that left. */
  readonly sent: (message: object) => void;
  /** A message that arrived. */
  readonly received: (message: object) => void;
}

/** Messages about orders and what became of them: shown as orders are, with ids and states unless the logger shows orders. */
const ABOUT_ORDERS = /order|exec|commission|position|portfolio/iu;

const NOTHING: MessageLog = Object.freeze({ sent: () => undefined, received: () => undefined });

/**
 * What `log_all_messages` asks for: one line for each message, named `messages`, at level `info`, since it was asked for; nothing when it is off.
 * Accounts, secrets and the contents of orders are hidden as on every line.
 */
export function messageLog(root: Pick<Logger, 'child'>, config: { readonly logAllMessages: boolean }): MessageLog {
  if (!config.logAllMessages) return NOTHING;
  const log = root.child({ name: 'messages' });
  const note =
    (direction: 'sent' | 'received') =>
    (message: object): void => {
      const type = 'type' in message && typeof message.type === 'string' ? message.type : 'unknown';
      log.info(ABOUT_ORDERS.test(type) ? { direction, type, order: message } : { direction, type, message });
    };
  return { sent: note('sent'), received: note('received') };
}
