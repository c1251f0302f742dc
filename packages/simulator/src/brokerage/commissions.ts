import type { Instrument } from '../market/instrument.js';

const STOCK_PER_SHARE = 0.005;
const STOCK_MINIMUM = 1;
const STOCK_MAXIMUM_SHARE = 0.01;
const OPTION_PER_CONTRACT = 0.65;
const OPTION_MINIMUM = 1;

function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}

/** Commission of one fill in USD, by the fixed schedule for US stocks (0.005 a share, at least 1.00, at most 1 % of the value) and options (0.65 a contract, at least 1.00). */
export function commissionOf(instrument: Instrument, quantity: number, price: number): number {
  if (instrument.secType === 'OPT') return rounded(Math.max(OPTION_MINIMUM, OPTION_PER_CONTRACT * quantity));
  const asked = Math.max(STOCK_MINIMUM, STOCK_PER_SHARE * quantity);
  return rounded(Math.min(asked, STOCK_MAXIMUM_SHARE * quantity * price));
}
