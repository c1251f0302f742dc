import { sleep, systemClock } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { EventName, IBApi, OrderAction, OrderType, SecType } from '@stoqey/ib';
import type { CommissionReport, Contract, Execution, Order } from '@stoqey/ib';
import type { Belief, BeliefStatus, BookedFill } from '../judge/belief.js';
import type { OrderPlan } from '../judge/intent.js';
import type { Outcome, Trader } from './trader.js';

/** How a {@link PlainTrader} is made. */
export interface PlainTraderOptions {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly clientId: number;
  readonly account: string;
}

/** Real milliseconds: the caller connects again so soon after a loss. */
const RECONNECT_MS = 20;
/** After so long without a word the caller dares to repeat an order. */
const REPEAT_AFTER_MS = 200;
const ANSWER_MS = 1_000;
const MAX_REQUESTS_PER_SECOND = 40;
/** TWS API: refusals of an order. */
const REJECTIONS: ReadonlySet<number> = new Set([110, 200, 201, 203, 321, 322]);
const LINK_LOST: ReadonlySet<number> = new Set([1100, 2110]);
const LINK_BACK: ReadonlySet<number> = new Set([1101, 1102]);
const STATUSES: Readonly<Record<string, BeliefStatus>> = {
  PreSubmitted: 'working',
  Submitted: 'working',
  PendingCancel: 'working',
  Filled: 'filled',
  Cancelled: 'cancelled',
  ApiCancelled: 'cancelled',
  Inactive: 'rejected',
};

interface Placed {
  readonly key: string;
  readonly orderRef: string;
  readonly orderId: number;
  readonly order: OrderPlan;
  readonly atMs: number;
  status: BeliefStatus;
}

function contractOf({ symbol }: OrderPlan): Contract {
  return { symbol, secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
}

/**
 * The same caller with plain `IBApi`: it takes the next order id from nextValidId, books what the events say under their order ids,
 * connects again at once after a loss, asks for its open orders and executions then, and repeats an order only when it has heard nothing of
 * it for a while.
 */
export class PlainTrader implements Trader {
  readonly #options: PlainTraderOptions;
  readonly #api: IBApi;
  readonly #placed: Placed[] = [];
  readonly #fills = new Map<string, { readonly orderId: number; readonly execution: Execution }>();
  readonly #costs = new Map<string, number>();
  #nextId = 0;
  #connected = false;
  #toldDown = false;
  #reconnecting: Timer | undefined;
  #closed = false;

  private constructor(options: PlainTraderOptions) {
    this.#options = options;
    this.#api = new IBApi({ host: '127.0.0.1', port: options.port, clientId: options.clientId, maxReqPerSec: MAX_REQUESTS_PER_SECOND });
  }

  /** Resolves when it has its first order id. */
  static async open(options: PlainTraderOptions): Promise<PlainTrader> {
    const trader = new PlainTrader(options);
    trader.#listen();
    trader.#api.connect();
    await trader.ready(10_000);
    return trader;
  }

  get connected(): boolean {
    return this.#connected;
  }

  get toldDown(): boolean {
    return this.#toldDown;
  }

  get settled(): boolean {
    return this.unsettled === '';
  }

  get unsettled(): string {
    const open = this.#placed.filter((placed) => {
      const status = this.#statusOf(placed);
      return status === 'pending' || (status === 'working' && placed.order.orderType === 'MKT');
    });
    return [...(this.#connected ? [] : ['not connected']), ...open.map(({ key, status }) => `${key} ${status}`)].join(', ');
  }

  place(key: string, order: OrderPlan): Promise<Outcome> {
    const now = systemClock().monotonic();
    const known = this.#placed.findLast((placed) => placed.key === key);
    if (known !== undefined && (known.status !== 'pending' || now - known.atMs < REPEAT_AFTER_MS)) return told(`order ${known.orderId}, ${known.status}`);
    const orderId = this.#nextId;
    this.#nextId += 1;
    const placed: Placed = { key, order, orderId, orderRef: `${key}.${this.#placed.length + 1}`, atMs: now, status: 'pending' };
    this.#placed.push(placed);
    return this.#call(() => {
      this.#api.placeOrder(orderId, contractOf(order), this.#orderOf(placed, order.limitPrice));
      return `order ${orderId}`;
    });
  }

  cancel(key: string): Promise<Outcome> {
    const placed = this.#placed.findLast((each) => each.key === key);
    if (placed === undefined || !['pending', 'working'].includes(placed.status)) return told('nothing to cancel');
    return this.#call(() => {
      this.#api.cancelOrder(placed.orderId);
      return `order ${placed.orderId}`;
    });
  }

  cancelAll(): Promise<Outcome> {
    for (const { key } of this.#placed) void this.cancel(key);
    return told('asked for');
  }

  change(key: string, limitPrice: number): Promise<Outcome> {
    const placed = this.#placed.findLast((each) => each.key === key);
    if (placed?.status !== 'working' || placed.order.orderType !== 'LMT') return told('nothing to change');
    return this.#call(() => {
      this.#api.placeOrder(placed.orderId, contractOf(placed.order), this.#orderOf(placed, limitPrice));
      return `order ${placed.orderId}`;
    });
  }

  special(): Promise<Outcome> {
    return told('it has none');
  }

  mend(): Promise<void> {
    return Promise.resolve();
  }

  async ready(ms: number): Promise<void> {
    const clock = systemClock();
    const endMs = clock.monotonic() + ms;
    while (!this.#connected && clock.monotonic() < endMs) await sleep(clock, 5);
  }

  async reconcile(): Promise<Outcome> {
    if (!this.#connected) return { text: 'not connected', ok: false };
    const orders = this.#once(EventName.openOrderEnd);
    const executions = this.#once(EventName.execDetailsEnd);
    this.#ask();
    const answers = await Promise.all([orders, executions]);
    const ok = answers.every((came) => came);
    return { text: ok ? 'asked' : 'no answer', ok };
  }

  beliefs(): readonly Belief[] {
    return this.#placed.map((placed) => {
      const { key, orderRef, orderId } = placed;
      return { key, orderRef, orderId, status: this.#statusOf(placed), fills: this.#fillsOf(placed) };
    });
  }

  positions(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findings(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#reconnecting?.cancel();
    this.#api.removeAllListeners();
    this.#api.on(EventName.error, () => undefined);
    this.#api.disconnect();
    await sleep(systemClock(), 0);
  }

  #orderOf({ order: { action, quantity, orderType }, orderRef }: Placed, limitPrice: number | undefined): Order {
    return {
      action: action === 'BUY' ? OrderAction.BUY : OrderAction.SELL,
      totalQuantity: quantity,
      orderType: orderType === 'MKT' ? OrderType.MKT : OrderType.LMT,
      ...(limitPrice === undefined ? {} : { lmtPrice: limitPrice }),
      account: this.#options.account,
      orderRef,
      transmit: true,
    };
  }

  #call(work: () => string): Promise<Outcome> {
    try {
      return told(work());
    } catch (error) {
      return Promise.resolve({ text: String(error), ok: false });
    }
  }

  /** The last order with this id: all that an event says is the id. */
  #byId(orderId: number): Placed | undefined {
    return this.#placed.findLast((placed) => placed.orderId === orderId);
  }

  /** Executions that add up to the order have filled it, whatever the last status said. */
  #statusOf(placed: Placed): BeliefStatus {
    const filled = this.#fillsOf(placed).reduce((sum, { quantity }) => sum + quantity, 0);
    return filled >= placed.order.quantity ? 'filled' : placed.status;
  }

  #fillsOf(placed: Placed): readonly BookedFill[] {
    return [...this.#fills.values()]
      .filter(({ orderId }) => this.#byId(orderId) === placed)
      .map(({ execution }) => ({
        execId: execution.execId ?? '',
        side: execution.side ?? '',
        quantity: execution.shares ?? Number.NaN,
        price: execution.price ?? Number.NaN,
        commission: this.#costs.get(execution.execId ?? ''),
      }));
  }

  #ask(): void {
    this.#api.reqOpenOrders();
    this.#api.reqExecutions(1, {});
  }

  async #once(event: EventName): Promise<boolean> {
    const clock = systemClock();
    const came = new AbortController();
    const listener = (): void => {
      came.abort();
    };
    this.#api.once(event, listener);
    const endMs = clock.monotonic() + ANSWER_MS;
    while (!came.signal.aborted && clock.monotonic() < endMs) await sleep(clock, 5);
    this.#api.removeListener(event, listener);
    return came.signal.aborted;
  }

  #status(orderId: number, word: string): void {
    const placed = this.#byId(orderId);
    const status = STATUSES[word];
    if (placed !== undefined && status !== undefined && placed.status !== 'filled') placed.status = status;
  }

  #listen(): void {
    const api = this.#api;
    api.on(EventName.nextValidId, (orderId: number) => {
      this.#nextId = orderId;
      this.#connected = true;
      this.#toldDown = false;
      if (this.#placed.length > 0) this.#ask();
    });
    api.on(EventName.disconnected, () => {
      this.#connected = false;
      this.#again();
    });
    api.on(EventName.error, (_error: Error, code: number, reqId: number) => {
      this.#notice(code, reqId);
      if (!api.isConnected) this.#again();
    });
    api.on(EventName.info, (_message: string, code: number) => {
      this.#notice(code, -1);
    });
    api.on(EventName.openOrder, (orderId: number, _contract: Contract, _order: Order, state: { readonly status?: string }) => {
      this.#status(orderId, state.status ?? '');
    });
    api.on(EventName.orderStatus, (orderId: number, status: string) => {
      this.#status(orderId, status);
    });
    api.on(EventName.execDetails, (_reqId: number, _contract: Contract, execution: Execution) => {
      const execId = execution.execId ?? '';
      // Whatever comes twice comes with the same id; a correction has a higher last part.
      const base = execId.slice(0, execId.lastIndexOf('.'));
      const known = this.#fills.get(base);
      if (known === undefined || (known.execution.execId ?? '') <= execId) this.#fills.set(base, { orderId: execution.orderId ?? 0, execution });
    });
    api.on(EventName.commissionReport, ({ execId, commission }: CommissionReport) => {
      if (execId !== undefined && commission !== undefined) this.#costs.set(execId, commission);
    });
  }

  #notice(code: number, id: number): void {
    if (LINK_LOST.has(code)) this.#toldDown = true;
    if (LINK_BACK.has(code)) this.#toldDown = false;
    const placed = id > 0 ? this.#byId(id) : undefined;
    if (placed === undefined || placed.status === 'filled') return;
    if (REJECTIONS.has(code) && placed.status === 'pending') placed.status = 'rejected';
    if (code === 202) placed.status = 'cancelled';
  }

  #again(): void {
    if (this.#closed || this.#reconnecting !== undefined) return;
    this.#reconnecting = systemClock().setTimer(RECONNECT_MS, () => {
      this.#reconnecting = undefined;
      if (!this.#closed && !this.#api.isConnected) this.#api.connect();
    });
  }
}

function told(text: string): Promise<Outcome> {
  return Promise.resolve({ text, ok: true });
}
