import type { ApiOrder } from '@ibkit/api-contract';
import { seededRandom, sleep, systemClock } from '@ibkit/clock';
import { GateRefusedError, isIbkrError } from '@ibkit/error-codes';
import type { SimulatorState } from '@ibkit/simulator';
import { DaemonClient } from '@ibkit/websocket-provider';

const PAGE = 500;
const RETRY_MS = 100;

/** A program that trades all day: every key is repeated until there is a word on it. */
export class DayOrders implements AsyncDisposable {
  readonly client: DaemonClient;
  readonly #symbols: readonly string[];
  readonly #random = seededRandom(11);
  readonly #work = new Set<Promise<void>>();
  readonly #keys: string[] = [];
  /** Keys that were answered; keys that were refused for good. */
  answered = 0;
  readonly refusals: string[] = [];
  /** Calls that were refused for now, or not answered. */
  repeated = 0;

  constructor(options: { readonly url: string; readonly token: string; readonly symbols: readonly string[] }) {
    this.client = new DaemonClient({ url: options.url, token: options.token });
    this.#symbols = options.symbols;
  }

  get asked(): number {
    return this.#keys.length;
  }

  /** One more order; what came before it may be changed or cancelled. */
  next(): void {
    const key = `day-${this.#keys.length + 1}`;
    const old = this.#keys.at(-2);
    this.#keys.push(key);
    const isResting = this.#random.next() < 0.4;
    const symbol = this.#symbols[Math.floor(this.#random.next() * this.#symbols.length)] ?? '';
    const common = { kind: 'order', instrument: { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }, action: this.#random.next() < 0.5 ? 'BUY' : 'SELL', quantity: 1 + Math.floor(this.#random.next() * 20) } as const;
    const ticket = isResting ? ({ ...common, action: 'BUY', orderType: 'LMT', limitPrice: 5 } as const) : ({ ...common, orderType: 'MKT' } as const);
    this.#begin(this.#place(key, ticket));
    if (old !== undefined) this.#begin(this.#touch(old));
  }

  /** Resolves when every call has its answer. */
  async quiet(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Every order, as the daemon answers. */
  async all(): Promise<readonly ApiOrder[]> {
    const orders: ApiOrder[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.client.orders({ status: 'all', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      orders.push(...page.orders);
      cursor = page.next;
    } while (cursor !== undefined);
    return orders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }

  #begin(work: Promise<void>): void {
    const kept = work.finally(() => this.#work.delete(kept));
    this.#work.add(kept);
  }

  async #place(key: string, ticket: Parameters<DaemonClient['placeOrder']>[0]['body']['ticket']): Promise<void> {
    for (;;) {
      try {
        await this.client.placeOrder({ waitMs: 0, body: { ticket } }, { idempotencyKey: key });
        this.answered += 1;
        return;
      } catch (error) {
        if (!isIbkrError(error)) throw error;
        // A closed gate opens again; what it waits for may need a word from the broker first.
        if (!error.retryable && !(error instanceof GateRefusedError)) {
          this.refusals.push(`${key}: ${error.code}`);
          return;
        }
        this.repeated += 1;
        await sleep(systemClock(), RETRY_MS);
      }
    }
  }

  /** Changes an order or takes it back; one that has ended meanwhile refuses both. */
  async #touch(key: string): Promise<void> {
    try {
      if (this.#random.next() < 0.3) await this.client.modifyOrder({ id: key, waitMs: 0, body: { limitPrice: 6 } });
      else await this.client.cancelOrder({ id: key, waitMs: 0 });
    } catch (error) {
      if (!isIbkrError(error)) throw error;
    }
  }
}

/** Whether time can still settle it. */
export function isOpen({ status, orderType, fills }: ApiOrder): boolean {
  return ['staged', 'sending', 'acked', 'unknown'].includes(status) || (status === 'working' && orderType === 'MKT') || fills.some(({ commission }) => commission.status === 'pending');
}

/** What the simulator has against what the daemon says: every difference, in words. */
export function differences(orders: readonly ApiOrder[], { openOrders, completedOrders, executions }: Pick<SimulatorState, 'openOrders' | 'completedOrders' | 'executions'>, arrived: ReadonlyMap<number, number>): readonly string[] {
  const found: string[] = [];
  const seen = new Map([...openOrders, ...completedOrders].map((order) => [order.orderId, order]));
  const known = new Set(orders.map(({ orderId }) => orderId));
  for (const orderId of arrived.keys()) if (!known.has(orderId)) found.push(`order ${orderId} arrived, and the daemon does not know it`);
  for (const { key, orderId, status, filledQuantity } of orders) {
    const real = seen.get(orderId);
    const wanted = real === undefined ? ['rejected', 'unsent', 'absent'] : real.status === 'Filled' ? ['filled'] : real.status === 'Cancelled' ? ['cancelled', 'expired', 'rejected'] : ['working'];
    if (!wanted.includes(status)) found.push(`${key} is ${status}, at the server ${real?.status ?? 'not there'}`);
    if (real !== undefined && real.filled !== filledQuantity) found.push(`${key} has filled ${filledQuantity}, at the server ${real.filled}`);
  }
  const booked = orders.flatMap(({ fills }) => fills.map(({ execId }) => execId));
  const real = new Set(executions.map(({ execId }) => execId));
  if (new Set(booked).size !== booked.length) found.push('a fill is booked twice');
  if (booked.length !== real.size || booked.some((execId) => !real.has(execId))) found.push(`${booked.length} fills are booked, the server has ${real.size}`);
  return found;
}
