import type { ApiOrderTicket } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { DaemonClient } from '@ibkit/websocket-provider';
import { exitsOf } from '../../judge/intent.js';
import type { Intent, OrderPlan } from '../../judge/intent.js';

/** What a caller wants, and what it was told. */
export interface Wish {
  readonly key: string;
  readonly order: OrderPlan;
  /** Of the order, and of each exit of a bracket. */
  readonly intents: readonly Intent[];
  /** How often the daemon answered that it has it. */
  answers: number;
  /** Calls that were cut off or not answered. */
  unanswered: number;
  /** Nobody knows: the last call came back without a word, so the key must be repeated. */
  open: boolean;
  /** What the daemon said when it refused it the last time; undefined once it has it. */
  refusal: string | undefined;
}

/** What callers share. */
export interface CallerOptions {
  readonly url: string;
  readonly token: string;
  /** How many sessions of the daemon the server has seen. */
  readonly sessions: () => number;
  readonly note: (line: string) => void;
  /** Told of every placement that was answered, in the tick of its answer. */
  readonly onReply: (key: string) => void;
  /** Something that must not be. */
  readonly onFault: (key: string, text: string) => void;
}

/** Nothing came back: what the daemon did is not known. */
const NO_WORD: ReadonlySet<string> = new Set(['IBKR_DAEMON_UNREACHABLE', 'IBKR_DAEMON_TIMEOUT', 'IBKR_DAEMON_ANSWER_INVALID']);
const TIMEOUT_MS = 20_000;

function ticketOf({ symbol, action, quantity, orderType, limitPrice, exits }: OrderPlan): ApiOrderTicket {
  const priced = orderType === 'MKT' ? ({ orderType } as const) : ({ orderType: 'LMT', limitPrice } as const);
  const single = { instrument: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }, action, quantity, ...priced } as const;
  if (exits === undefined) return { kind: 'order', ...single };
  return { kind: 'bracket', entry: single, takeProfit: { limitPrice: exits.takeProfit }, stopLoss: { stopPrice: exits.stopLoss } };
}

/** A program that trades through the daemon, and keeps what it wanted and what it was told. */
export class ApiCaller {
  readonly client: DaemonClient;
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.client = new DaemonClient({ url: options.url, token: options.token, timeoutMs: TIMEOUT_MS });
  }

  /** Something new to want. */
  static wish(key: string, order: OrderPlan): Wish {
    const intents = [[key, order] as const, ...exitsOf(key, order)].map(([each, plan]): Intent => ({ key: each, order: plan, sessions: [], changes: 0, openCalls: 1 }));
    return { key, order, intents, answers: 0, unanswered: 0, open: false, refusal: undefined };
  }

  /** Places it, or repeats it: the same call. Never rejects. */
  async place(wish: Wish, waitMs: number): Promise<void> {
    const { key, order } = wish;
    await this.#call(`place ${key} ${order.action} ${order.quantity} ${order.symbol} ${order.orderType}`, wish.intents, async () => {
      wish.open = true;
      try {
        const { orders, repeated } = await this.client.placeOrder({ waitMs, body: { ticket: ticketOf(order) } }, { idempotencyKey: key });
        // An empty list is the daemon's way to say that it could not look.
        if (orders.length === 0) return 'recorded or not';
        this.#options.onReply(key);
        wish.open = false;
        wish.refusal = undefined;
        wish.answers += 1;
        return `${repeated ? 'known' : 'placed'}, ${orders.map(({ status }) => status).join()}`;
      } catch (error) {
        const isSilent = isIbkrError(error) && NO_WORD.has(error.code);
        if (isSilent) wish.unanswered += 1;
        else {
          wish.open = false;
          wish.refusal = said(error);
          if (wish.answers > 0) this.#options.onFault(key, `was answered before and is refused now: ${said(error)}`);
        }
        throw error;
      }
    });
  }

  /** Another order under a taken key: it must be refused. */
  async conflict({ key, order }: Wish): Promise<void> {
    await this.#call(`conflict ${key}`, [], async () => {
      const { orders } = await this.client.placeOrder({ waitMs: 0, body: { ticket: ticketOf({ ...order, quantity: order.quantity + 1 }) } }, { idempotencyKey: key });
      if (orders.length > 0) this.#options.onFault(key, 'another order under its key was answered as if it were the same');
      return 'answered';
    });
  }

  async cancel({ key }: Wish): Promise<void> {
    await this.#call(`cancel ${key}`, [], async () => (await this.client.cancelOrder({ id: key, waitMs: 0 })).status);
  }

  async change({ key, intents }: Wish, limitPrice: number): Promise<void> {
    const [entry] = intents;
    if (entry !== undefined) entry.changes += 1;
    await this.#call(`change ${key} to ${limitPrice}`, intents.slice(0, 1), async () => (await this.client.modifyOrder({ id: key, waitMs: 0, body: { limitPrice } })).status);
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  async #call(what: string, intents: readonly Intent[], call: () => Promise<string>): Promise<void> {
    const { sessions, note } = this.#options;
    const first = sessions();
    note(what);
    let text: string;
    try {
      text = await call();
    } catch (error) {
      text = said(error);
    }
    // Whichever session there was while the call was open may have taken its bytes; no later one.
    for (let session = first; session <= sessions(); session += 1) for (const intent of intents) intent.sessions.push(session);
    note(`   ${what.split(' ', 2).join(' ')}: ${text}`);
  }
}

/** An error, short. */
export function said(error: unknown): string {
  if (!isIbkrError(error)) return String(error);
  const gate: unknown = error.details['gate'] ?? error.details['reasons'];
  if (error.code === 'IBKR_DAEMON_ANSWER_INVALID') return error.message;
  return Array.isArray(gate) && gate.length > 0 ? `${error.code} ${gate.join()}` : error.code;
}
