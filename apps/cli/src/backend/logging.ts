import type { ConnectionLogger } from '@ibkit/core-connection';
import type { MessageLog } from '@ibkit/logger';
import type { CommandContext } from '../config/globals.js';

/** What a command logs through. */
export interface CommandLog extends AsyncDisposable {
  readonly logger: ConnectionLogger | undefined;
  /** Takes every message to and from the gateway; absent unless `log_all_messages` asks for it. */
  readonly messages: MessageLog | undefined;
}

/** The logger that the flags ask for; none by default, because an expected reconnect is no business of somebody who reads prices. */
export async function commandLogger({ globals, io, clock }: CommandContext): Promise<CommandLog> {
  if (globals.logging === undefined) return { logger: undefined, messages: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const { createLogger, loggerOptions, messageLog } = await import('@ibkit/logger');
  const destination = {
    isTTY: io.err.isTerminal,
    write(line: string): void {
      io.err.write(line);
    },
  };
  const root = createLogger({ ...loggerOptions(globals.logging), destination, clock });
  const messages = globals.logging.logAllMessages ? messageLog(root, globals.logging) : undefined;
  return { logger: root.getLogger('connection'), messages, [Symbol.asyncDispose]: () => root.close() };
}
