import type { Instrument } from '../market/instrument.js';

const STOCK_PER_SHARE = 0.005;
const STOCK_MINIMUM = 1;
const STOCK_MAXIMUM_SHARE = 0.01;
const OPTION_PER_CONTRACT = 0.65;
const OPTION_MINIMUM = 1;

function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}

/**
 * Commission of a whole order in USD, by the fixed schedule for US stocks (0.005 a share, at least 1.00, at most 1 % of the value) and options (0.65 a
 * contract, at least 1.00).
 */
export function commissionOf(instrument: Instrument, quantity: number, price: number): number {
  if (instrument.secType === 'OPT') return rounded(Math.max(OPTION_MINIMUM, OPTION_PER_CONTRACT * quantity));
  const asked = Math.max(STOCK_MINIMUM, STOCK_PER_SHARE * quantity);
  return rounded(Math.min(asked, STOCK_MAXIMUM_SHARE * quantity * price));
}

/** What an order has traded in one instrument, and what that cost so far. */
export interface ChargeRecord {
  readonly conId: number;
  readonly quantity: number;
  readonly value: number;
  readonly charged: number;
}

/** Charges the fills of one order: the minimum counts once for each instrument of the order, not once for each fill. */
export class CommissionMeter {
  readonly #traded = new Map<number, ChargeRecord>();

  /** What one more fill costs. */
  charge(instrument: Instrument, quantity: number, price: number): number {
    const { conId } = instrument;
    const before = this.#traded.get(conId) ?? { conId, quantity: 0, value: 0, charged: 0 };
    const traded = { quantity: before.quantity + quantity, value: before.value + quantity * price };
    const due = Math.max(0, rounded(commissionOf(instrument, traded.quantity, traded.value / traded.quantity) - before.charged));
    this.#traded.set(conId, { conId, ...traded, charged: rounded(before.charged + due) });
    return due;
  }

  records(): readonly ChargeRecord[] {
    return [...this.#traded.values()];
  }

  restore(records: readonly ChargeRecord[]): void {
    for (const record of records) this.#traded.set(record.conId, record);
  }
}
