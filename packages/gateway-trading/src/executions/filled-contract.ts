import type { WireContract } from '@ibkit/wire';

/** The contract of a leg that was filled, as the broker names it. */
export type FilledContract = Pick<
  WireContract,
  'conId' | 'symbol' | 'secType' | 'exchange' | 'currency' | 'localSymbol' | 'tradingClass' | 'lastTradeDateOrContractMonth' | 'strike' | 'right' | 'multiplier'
>;

/** The contract of a fill as the journal keeps it. */
export function filledContract(contract: WireContract): FilledContract {
  const { conId, symbol, secType, exchange, currency, localSymbol, tradingClass, lastTradeDateOrContractMonth, strike, right, multiplier } = contract;
  return { conId, symbol, secType, exchange, currency, localSymbol, tradingClass, lastTradeDateOrContractMonth, strike, right, multiplier };
}
