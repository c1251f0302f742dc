import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { ConnectionError, OrderError, TimeoutError, brokerError, describeError } from '@ibkit/error-codes';
import type { ClientMessageOf, ServerMessage } from '@ibkit/wire';
import type { TradingConnection, TradingSendOptions, TradingSession } from '../../broker/connection-port.js';
import type { JournalRecord } from '../../journal/journal-record.js';
import { gateRefusal } from '../order-gate.js';
import type { GateReason } from '../order-gate.js';
import type { OrderIds } from '../order-ids.js';
import type { OrderNotice } from '../order-state.js';
import type { StagedRequest } from '../order-request.js';
import { wireOrderContract, wireTerms } from '../wire-order.js';
import { whatIfOf } from './what-if.js';
import type { WhatIf } from './what-if.js';

/** How long to wait for the broker's answer. */
export interface WhatIfOptions {
  /** Milliseconds. @defaultValue 20000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a {@link WhatIfDesk} is made from. */
export interface WhatIfDeskOptions {
  readonly clock: Clock;
  readonly connection: TradingConnection;
  readonly orderIds: OrderIds;
  /** Makes records durable before anything is sent. */
  readonly append: (records: readonly JournalRecord[]) => Promise<void>;
  /** Why an order of this account would be refused now. */
  readonly gateReasons: (account: string) => readonly GateReason[];
  /** A what-if came back as an order. */
  readonly onLive: (orderId: number) => void;
}

const TIMEOUT_MS = 20_000;

/** Reasons against orders that do not speak against a question: nothing comes of it. The opt-in to live trading does: all that stands between is a flag. */
const HARMLESS: ReadonlySet<GateReason> = new Set(['KILL_SWITCH', 'RESTART_AHEAD', 'RECONCILE_PENDING', 'NOT_ARMED', 'UNKNOWN_ORDER']);
/** Effects of codes that answer the question with no. */
const REFUSALS: ReadonlySet<string> = new Set(['orderRejected', 'orderCancelled', 'cancelVerdict', 'requestFailed']);

/**
 * Asks the broker what an order would cost. The question travels as an order with a flag (TWS API: Order.whatIf), under an id of its own that
 * is never used again; an answer without the flag would be an order, and is cancelled at once.
 */
export class WhatIfDesk {
  readonly #options: WhatIfDeskOptions;

  constructor(options: WhatIfDeskOptions) {
    this.#options = options;
  }

  /** See `Trading.whatIf`. */
  async ask(request: StagedRequest, account: string, { timeoutMs = TIMEOUT_MS, signal }: WhatIfOptions): Promise<WhatIf> {
    const { clock, connection, orderIds, append } = this.#options;
    this.#checkGate(account);
    const session = this.#session();
    orderIds.promise(session.clientId, connection.nextOrderIdFloor);
    const orderId = orderIds.take(session.clientId);
    await append([{ type: 'idFloor', atMs: clock.now(), clientId: session.clientId, floor: orderId }]);
    signal?.throwIfAborted();
    this.#checkGate(account);
    if (this.#options.connection.session !== session) throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The session ended first', retryable: true });
    const stop = new AbortController();
    try {
      const answer = this.#listen({ session, orderId, account, signal: stop.signal });
      const check = (): void => {
        this.#checkGate(account);
      };
      const asked = this.#send(session, question(orderId, request, account), { deadlineMs: timeoutMs, check });
      const timeoutError = (): Error => new TimeoutError({ message: `The broker did not answer the what-if within ${timeoutMs} ms; nothing was placed`, details: { timeoutMs } });
      const [whatIf] = await withDeadline(clock, timeoutMs, Promise.all([answer, asked]), { signal, timeoutError });
      return whatIf;
    } finally {
      stop.abort();
    }
  }

  #session(): TradingSession {
    const { session } = this.#options.connection;
    if (session === undefined) throw gateRefusal(['NOT_CONNECTED'], 'order');
    return session;
  }

  #checkGate(account: string): void {
    const reasons = this.#options.gateReasons(account).filter((reason) => !HARMLESS.has(reason));
    if (reasons.length > 0) throw gateRefusal(reasons, 'order');
  }

  async #send(session: TradingSession, message: ClientMessageOf<'placeOrder'>, wait: Pick<TradingSendOptions, 'deadlineMs' | 'check'>): Promise<void> {
    // The one line between a question and an order.
    if (message.order.whatIf !== true) throw new OrderError({ code: 'IBKR_WHAT_IF_LIVE', message: 'A what-if was about to leave as an order: this is a defect of ibkit' });
    if (!session.trySend(message, 'order')) await session.send(message, { lane: 'order', ...wait });
  }

  #listen({ session, orderId, account, signal }: { readonly session: TradingSession; readonly orderId: number; readonly account: string; readonly signal: AbortSignal }): Promise<WhatIf> {
    const { connection, clock, onLive } = this.#options;
    const warnings: OrderNotice[] = [];
    return new Promise((resolve, reject) => {
      const onMessage = (message: ServerMessage): void => {
        if (message.type === 'openOrder' && message.orderId === orderId) {
          const { whatIf, clientId } = message.order;
          const answer = whatIfOf(message.orderState, { account, warnings });
          if (whatIf === true && answer !== undefined) resolve(answer);
          if (whatIf === true || (clientId !== undefined && clientId !== session.clientId)) return;
          onLive(orderId);
          reject(new OrderError({ code: 'IBKR_WHAT_IF_LIVE', message: 'The platform took a what-if for an order: it is being cancelled. Look at the open orders' }));
          return;
        }
        if (message.type !== 'errMsg' || message.id !== orderId) return;
        const { code, msg } = message;
        if (REFUSALS.has(describeError(code, msg).effect)) reject(brokerError({ code, message: msg, id: orderId }));
        else warnings.push({ code, message: msg, atMs: clock.now() });
      };
      const off = connection.onMessage((message, from) => {
        if (from === session) onMessage(message);
      });
      signal.addEventListener('abort', off, { once: true });
      const ended = (): void => {
        reject(new ConnectionError({ code: 'IBKR_SESSION_CLOSED', message: 'The session ended before the broker answered the what-if; nothing was placed', retryable: true }));
      };
      session.closed.then(ended, ended);
    });
  }
}

function question(orderId: number, request: StagedRequest, account: string): ClientMessageOf<'placeOrder'> {
  // TWS API: without transmit it is refused (413).
  return { type: 'placeOrder', orderId, contract: wireOrderContract(request.contract), order: { ...wireTerms(request), account, whatIf: true, transmit: true } };
}
