import type { Clock } from '@ibkit/clock';
import { ConnectionError } from '@ibkit/error-codes';
import type { TradingConnection } from '../broker/connection-port.js';
import type { OrderRegister } from '../orders/order-register.js';
import { cancelGateReasons, gateRefusal } from '../orders/order-gate.js';
import type { GateFacts } from '../orders/order-gate.js';

/** What a global cancel needs. */
export interface GlobalCancelOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly register: OrderRegister;
  readonly facts: () => GateFacts;
  /** What some exchanges want to know about a cancel by hand. Since server version 192. */
  readonly tags?: { readonly extOperator?: string | undefined; readonly manualOrderIndicator?: number | undefined } | undefined;
}

const CANCEL_DEADLINE_MS = 5_000;

/**
 * Asks the broker to cancel every order that there is: of every client, and those made by hand (TWS API: reqGlobalCancel). Written down first, where that is possible.
 * @throws {@link GateRefusedError} as for one cancel; ConnectionError when it could not be sent; {@link OrderError} `IBKR_JOURNAL_FENCED`.
 */
export async function cancelGlobally({ clock, connection, register, facts, tags }: GlobalCancelOptions, reason: string): Promise<void> {
  const check = (): void => {
    const reasons = cancelGateReasons(facts());
    if (reasons.length > 0) throw gateRefusal(reasons, 'cancel');
  };
  check();
  const { session } = connection;
  await register.attempt([{ type: 'globalCancel', atMs: clock.now(), reason }]);
  check();
  if (session === undefined || connection.session !== session) throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The session ended first', retryable: true });
  const message = { type: 'reqGlobalCancel', ...tags } as const;
  if (!session.trySend(message, 'cancel')) await session.send(message, { lane: 'cancel', deadlineMs: CANCEL_DEADLINE_MS, check });
}
