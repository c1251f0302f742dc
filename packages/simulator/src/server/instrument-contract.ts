import type { WireContract } from '@ibkit/wire';
import type { Product } from '../brokerage/combo.js';

/** The contract that stands for an instrument in a message, every field that TWS fills in filled in. */
export function contractOf(instrument: Product, exchange: string = instrument.exchange): WireContract {
  const { conId, symbol, secType, currency, localSymbol, tradingClass, primaryExch, multiplier, expiry, strike, right } = instrument;
  return {
    conId,
    symbol,
    secType,
    exchange,
    primaryExch,
    currency,
    localSymbol,
    tradingClass,
    lastTradeDateOrContractMonth: expiry,
    strike,
    right,
    multiplier: multiplier === undefined ? undefined : String(multiplier),
  };
}
