import { addDecimals, multiplyDecimals } from '../orders/decimal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { multiplierOf } from './check-guards.js';
import type { LimitCount, LimitUse } from './check-guards.js';

/** What one order counts, its changes included. */
interface CountedOrder {
  readonly counts: readonly LimitCount[];
  /** Absent when the contract does not say. */
  readonly multiplier: string | undefined;
  /** Value of the fills, for an order that nobody could value beforehand. */
  readonly filled?: string | undefined;
  /** Nothing of it can fill any more. */
  readonly over?: boolean | undefined;
}

interface Totals {
  orders: number;
  quantity: string;
  readonly notional: Map<string, string>;
}

/** What has been used up, without what only the moment knows. */
export type DayUse = Omit<LimitUse, 'recent'>;

/** So many days with orders are kept. */
const KEPT_DAYS = 3;
const ENDS: ReadonlySet<string> = new Set(['rejected', 'cancelled', 'expired', 'absent']);

function negative(value: string): string {
  return value === '0' ? value : `-${value}`;
}

function positive(value: string): string {
  return value.startsWith('-') ? value.slice(1) : value;
}

/**
 * What orders count towards the caps of a day, computed from the records of the journal, so that a restart takes up where the process
 * before it ended. An order that provably never left counts nothing.
 */
export class LimitLedger {
  readonly #orders = new Map<string, CountedOrder>();
  readonly #days = new Map<string, Totals>();
  /** Orders that were staged without a value. */
  readonly #unvalued = new Set<string>();
  /** Orders on their way into the journal. */
  readonly #admitted = new Set<LimitCount>();
  #latestDay = '';

  /** Counts what is about to be written, until its record comes or the returned function is called. */
  admit(counts: LimitCount): () => void {
    this.#admitted.add(counts);
    return () => {
      this.#admitted.delete(counts);
    };
  }

  /** Notes a record. */
  apply(record: JournalRecord): void {
    if ('counts' in record && record.counts !== undefined) {
      this.#admitted.delete(record.counts);
      const multiplier = record.type === 'order.staged' ? multiplierOf(record.request.contract) : undefined;
      this.#count(record.intentId, record.counts, multiplier);
    }
    switch (record.type) {
      case 'order.unsent':
        this.#remove(record.intentId);
        break;
      case 'order.execution':
        if (record.kind !== 'leg') this.#fill(record.intentId, record.quantity, record.price);
        break;
      case 'order.status':
        if (record.status === 'Cancelled' || record.status === 'ApiCancelled') this.#end(record.intentId);
        break;
      case 'order.verdict':
        if (ENDS.has(record.verdict)) this.#end(record.intentId);
        break;
      default:
        break;
    }
  }

  /** What an order counts, its changes included; `undefined` when nothing of it is known today. */
  counted(intentId: string): Pick<LimitCount, 'quantity' | 'notional'> | undefined {
    const counts = this.#orders.get(intentId)?.counts;
    return counts?.reduce<Pick<LimitCount, 'quantity' | 'notional'>>(
      (sum, { quantity, notional }) => ({
        quantity: addDecimals(sum.quantity, quantity),
        notional: notional === undefined ? sum.notional : addDecimals(sum.notional ?? '0', notional),
      }),
      { quantity: '0', notional: undefined },
    );
  }

  /** What is used up on a day, without one order of its own. Later days count too: a clock that is set back wins nothing. */
  use(currency: string, day: string, own?: string): DayUse {
    let [orders, quantity, notional] = [0, '0', '0'];
    for (const [of, totals] of this.#days) {
      if (of < day) continue;
      orders += totals.orders;
      quantity = addDecimals(quantity, totals.quantity);
      notional = addDecimals(notional, totals.notional.get(currency) ?? '0');
    }
    for (const count of own === undefined ? [] : (this.#orders.get(own)?.counts ?? [])) {
      if (count.day < day) continue;
      orders -= count.orders;
      quantity = addDecimals(quantity, negative(count.quantity));
      if (count.currency === currency) notional = addDecimals(notional, negative(count.notional ?? '0'));
    }
    const [filled, hasUnvalued] = this.#unvaluedUse(currency, day, own);
    return this.#withAdmitted(currency, { orders, quantity, notional: addDecimals(notional, filled), hasUnvalued });
  }

  /** The currencies in which anything counts on a day. */
  currencies(day: string): readonly string[] {
    const counted = [...this.#days].filter(([of]) => of >= day).flatMap(([, { notional }]) => [...notional.keys()]);
    return [...new Set([...counted, ...[...this.#admitted].map(({ currency }) => currency)])].sort();
  }

  #withAdmitted(currency: string, use: DayUse): DayUse {
    let { orders, quantity, notional, hasUnvalued } = use;
    for (const counts of this.#admitted) {
      orders += counts.orders;
      quantity = addDecimals(quantity, counts.quantity);
      if (counts.currency !== currency) continue;
      notional = addDecimals(notional, counts.notional ?? '0');
      hasUnvalued ||= counts.notional === undefined;
    }
    return { orders, quantity, notional, hasUnvalued };
  }

  /** Orders without a value count with their fills, and leave the total open before the first. */
  #unvaluedUse(currency: string, day: string, own: string | undefined): readonly [filled: string, hasUnvalued: boolean] {
    let [filled, open] = ['0', false];
    for (const intentId of this.#unvalued) {
      const order = this.#orders.get(intentId);
      if (intentId === own || order?.counts.some((count) => count.currency === currency && count.day >= day) !== true) continue;
      if (order.filled === undefined) open ||= order.over !== true;
      else filled = addDecimals(filled, order.filled);
    }
    return [filled, open];
  }

  #count(intentId: string, count: LimitCount, multiplier: string | undefined): void {
    const known = this.#orders.get(intentId);
    this.#orders.set(intentId, { ...known, counts: [...(known?.counts ?? []), count], multiplier: known?.multiplier ?? multiplier, over: false });
    if (count.notional === undefined) this.#unvalued.add(intentId);
    this.#add(count, 1);
    if (count.day <= this.#latestDay) return;
    this.#latestDay = count.day;
    this.#forget();
  }

  #add({ day, orders, quantity, currency, notional = '0' }: LimitCount, sign: 1 | -1): void {
    const totals = this.#days.get(day) ?? { orders: 0, quantity: '0', notional: new Map<string, string>() };
    const signed = (value: string): string => (sign === 1 ? value : negative(value));
    totals.orders += sign * orders;
    totals.quantity = addDecimals(totals.quantity, signed(quantity));
    totals.notional.set(currency, addDecimals(totals.notional.get(currency) ?? '0', signed(notional)));
    this.#days.set(day, totals);
  }

  /** What was counted long ago is of no interest any more. A clock that went ahead by mistake, and is put right, finds the day again that it left. */
  #forget(): void {
    const [oldest = ''] = [...this.#days.keys()].sort().slice(-KEPT_DAYS);
    for (const day of this.#days.keys()) if (day < oldest) this.#days.delete(day);
    for (const [intentId, { counts }] of this.#orders) if (counts.every(({ day }) => day < oldest)) this.#drop(intentId);
  }

  #drop(intentId: string): void {
    this.#orders.delete(intentId);
    this.#unvalued.delete(intentId);
  }

  #remove(intentId: string): void {
    for (const count of this.#orders.get(intentId)?.counts ?? []) if (this.#days.has(count.day)) this.#add(count, -1);
    this.#drop(intentId);
  }

  #fill(intentId: string, quantity: string, price: string): void {
    const order = this.#orders.get(intentId);
    if (order?.multiplier === undefined) return;
    const value = positive(multiplyDecimals(multiplyDecimals(quantity, price), order.multiplier));
    this.#orders.set(intentId, { ...order, filled: addDecimals(order.filled ?? '0', value) });
  }

  #end(intentId: string): void {
    const order = this.#orders.get(intentId);
    if (order !== undefined) this.#orders.set(intentId, { ...order, over: true });
  }
}
