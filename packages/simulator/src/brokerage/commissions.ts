import type { Instrument } from '../market/instrument.js';

const STOCK_PER_SHARE = 0.005;
const STOCK_MINIMUM = 1;
const STOCK_MAXIMUM_SHARE = 0.01;
const OPTION_PER_CONTRACT = 0.65;
const OPTION_MINIMUM = 1;
/** 0.85 for the broker, the rest for exchange, clearing and regulation. */
const FUTURE_PER_CONTRACT = 2.25;
const CURRENCY_SHARE = 0.000_02;
const CURRENCY_MINIMUM = 2;
const CRYPTO_SHARE = 0.0018;
const CRYPTO_MINIMUM = 1.75;
const CRYPTO_MAXIMUM_SHARE = 0.01;
const BOND_FACE = 1000;
const BOND_SHARE = 0.001;
const BOND_SHARE_ABOVE = 0.000_25;
const BOND_STEP = 10_000;
const BOND_MINIMUM = 1;

function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}

function stockCommission(quantity: number, price: number): number {
  return Math.min(Math.max(STOCK_MINIMUM, STOCK_PER_SHARE * quantity), STOCK_MAXIMUM_SHARE * quantity * price);
}

function bondCommission(face: number): number {
  return Math.max(BOND_MINIMUM, BOND_SHARE * Math.min(face, BOND_STEP) + BOND_SHARE_ABOVE * Math.max(0, face - BOND_STEP));
}

/**
 * Commission of a whole order in USD, by the fixed schedule: US stocks and CFDs 0.005 a share, at least 1.00, at most 1 % of the value; options 0.65 a contract,
 * at least 1.00; futures and options on them 2.25 a contract, fees included; currencies 0.2 basis points, at least 2.00; crypto 0.18 %, at least 1.75, at most 1 %; bonds 0.1 % of
 * the first 10,000 of face value and 0.025 % of the rest, at least 1.00.
 */
export function commissionOf({ secType, symbol }: Instrument, quantity: number, price: number): number {
  switch (secType) {
    case 'OPT':
      return rounded(Math.max(OPTION_MINIMUM, OPTION_PER_CONTRACT * quantity));
    case 'FUT':
    case 'FOP':
      return rounded(FUTURE_PER_CONTRACT * quantity);
    case 'CASH':
      return rounded(Math.max(CURRENCY_MINIMUM, CURRENCY_SHARE * quantity * (symbol === 'USD' ? 1 : price)));
    case 'CRYPTO':
      return rounded(Math.min(Math.max(CRYPTO_MINIMUM, CRYPTO_SHARE * quantity * price), CRYPTO_MAXIMUM_SHARE * quantity * price));
    case 'BOND':
      return rounded(bondCommission(quantity * BOND_FACE));
    case 'STK':
    case 'CFD':
    case 'IND':
      return rounded(stockCommission(quantity, price));
  }
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
