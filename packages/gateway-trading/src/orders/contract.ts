import type { WireContract } from '@ibkit/wire';

/** What kind of instrument a contract is, in the broker's words (TWS API: Contract.secType). */
export type SecType = 'STK' | 'OPT' | 'FUT' | 'FOP' | 'CASH' | 'IND' | 'CFD' | 'BOND' | 'BILL' | 'WAR' | 'IOPT' | 'FUND' | 'CMDTY' | 'CRYPTO' | 'CONTFUT' | 'BAG';

/** One leg of a combination (TWS API: ComboLeg). */
export interface ComboLeg {
  readonly conId: number;
  /** Units of the leg for one combination, a whole number from 1. */
  readonly ratio: number;
  /** What *buying* the combination does with the leg; selling the combination does the opposite. */
  readonly action: 'BUY' | 'SELL';
  /** @defaultValue 'SMART' */
  readonly exchange?: string | undefined;
}

/** {@link ComboLeg} as the journal keeps it. */
export interface StagedLeg {
  readonly conId: number;
  readonly ratio: number;
  readonly action: 'BUY' | 'SELL';
  readonly exchange: string;
}

/**
 * The instrument to trade, as a caller gives it. A resolved contract of `@ibkit/market-data` and a plain object of your own both fit;
 * the broker's names (`primaryExch`, `lastTradeDateOrContractMonth`) are taken too.
 */
export interface TradableContract {
  /** The broker's contract id, which names it exactly; 0 and absent: not known. */
  readonly conId?: number | undefined;
  readonly symbol: string;
  readonly secType: SecType;
  /** Where to route: `SMART` or an exchange. */
  readonly exchange: string;
  readonly primaryExchange?: string | undefined;
  readonly primaryExch?: string | undefined;
  readonly currency: string;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  /** `YYYY-MM-DD` or `YYYYMMDD`. */
  readonly lastTradeDate?: string | undefined;
  /** `YYYYMMDD` or `YYYYMM`. */
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: 'C' | 'P' | undefined;
  /** Units per contract. */
  readonly multiplier?: number | string | undefined;
  /** The smallest price step, 0 and absent: not known. When it is known, a limit price off this grid is refused before anything is sent. */
  readonly minTick?: number | undefined;
  /** The smallest quantity, and the step of quantities, where the contract details say so; without them quantities are whole. */
  readonly minSize?: number | undefined;
  readonly sizeIncrement?: number | undefined;
  /** Where it can be routed, and one price rule for each in the same order; with them prices are checked against the rule of the exchange. */
  readonly validExchanges?: readonly string[] | undefined;
  readonly marketRuleIds?: readonly number[] | undefined;
  /** The legs of a combination: `secType: 'BAG'` needs 2 to 8 of them, everything else takes none. */
  readonly comboLegs?: readonly ComboLeg[] | undefined;
}

/** A contract as orders carry it and the journal keeps it: the broker's names, nothing besides. */
export interface OrderContract {
  readonly conId?: number | undefined;
  readonly symbol: string;
  readonly secType: SecType;
  readonly exchange: string;
  readonly primaryExch?: string | undefined;
  readonly currency: string;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: 'C' | 'P' | undefined;
  readonly multiplier?: string | undefined;
  readonly comboLegs?: readonly StagedLeg[] | undefined;
}

/** The fields that are sent and hashed: what a caller's object carries besides stays with the caller. */
export function orderContract(contract: TradableContract): OrderContract {
  const date = contract.lastTradeDateOrContractMonth ?? contract.lastTradeDate;
  const full: OrderContract = {
    conId: contract.conId === 0 ? undefined : contract.conId,
    symbol: contract.symbol,
    secType: contract.secType,
    exchange: contract.exchange,
    primaryExch: contract.primaryExch ?? contract.primaryExchange,
    currency: contract.currency,
    localSymbol: contract.localSymbol,
    tradingClass: contract.tradingClass,
    lastTradeDateOrContractMonth: date?.replaceAll('-', ''),
    strike: contract.strike,
    right: contract.right,
    multiplier: contract.multiplier === undefined ? undefined : String(contract.multiplier),
    comboLegs: contract.comboLegs?.map(({ conId, ratio, action, exchange = 'SMART' }) => ({ conId, ratio, action, exchange })),
  };
  const { symbol, secType, exchange, currency } = full;
  // Keys without a value would not survive the journal.
  return { ...Object.fromEntries(Object.entries(full).filter(([, value]) => value !== undefined)), symbol, secType, exchange, currency };
}

/** Whether two contracts are the same instrument, as far as both say. Routing does not count. */
export function isSameInstrument(a: OrderContract | WireContract, b: OrderContract | WireContract): boolean {
  // Every combination of a currency has the same conId: its legs say which one it is.
  if (a.secType === 'BAG' && b.secType === 'BAG') return a.symbol === b.symbol && a.currency === b.currency && legsText(a) === legsText(b);
  if (a.conId !== undefined && a.conId > 0 && b.conId !== undefined && b.conId > 0) return a.conId === b.conId;
  return (
    a.symbol === b.symbol &&
    a.secType === b.secType &&
    a.currency === b.currency &&
    (a.lastTradeDateOrContractMonth ?? '') === (b.lastTradeDateOrContractMonth ?? '') &&
    (a.strike ?? 0) === (b.strike ?? 0) &&
    (a.right ?? '') === (b.right ?? '')
  );
}

function legsText({ comboLegs = [] }: OrderContract | WireContract): string {
  return comboLegs.map(({ conId, ratio, action }) => `${conId ?? 0}/${ratio ?? 0}/${action ?? ''}`).sort().join();
}
