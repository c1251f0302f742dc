/** What kind of instrument a contract is, in the broker's words (TWS API: Contract.secType). */
export type SecType = 'STK' | 'OPT' | 'FUT' | 'FOP' | 'CASH' | 'IND' | 'CFD' | 'BOND' | 'WAR' | 'FUND' | 'CMDTY' | 'CRYPTO' | 'CONTFUT';

/**
 * The instrument to trade. `conId` alone names it exactly; without it, symbol, security type, exchange and currency must do so together.
 * A resolved contract of `@ibkit/market-data` and a plain object of your own both fit.
 */
export interface TradableContract {
  /** The broker's contract id; 0 and absent: not known. */
  readonly conId?: number | undefined;
  readonly symbol: string;
  readonly secType: SecType;
  /** Where to route: `SMART` or an exchange. */
  readonly exchange: string;
  readonly primaryExch?: string | undefined;
  readonly currency: string;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  /** `YYYYMMDD` or `YYYYMM`, for options and futures. */
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  readonly right?: 'C' | 'P' | undefined;
  /** As the broker writes it: `100`. */
  readonly multiplier?: string | undefined;
  /** The smallest price step. When it is known, a limit price off this grid is refused before anything is sent. */
  readonly minTick?: number | undefined;
}

const IDENTITY_FIELDS = [
  'conId',
  'symbol',
  'secType',
  'exchange',
  'primaryExch',
  'currency',
  'localSymbol',
  'tradingClass',
  'lastTradeDateOrContractMonth',
  'strike',
  'right',
  'multiplier',
] as const satisfies readonly (keyof TradableContract)[];

/** The fields that are sent and hashed: what a caller's object carries besides stays with the caller. */
export function contractIdentity(contract: TradableContract): TradableContract {
  const { symbol, secType, exchange, currency } = contract;
  const entries = IDENTITY_FIELDS.flatMap((field) => (contract[field] === undefined ? [] : [[field, contract[field]] as const]));
  return { ...Object.fromEntries(entries), symbol, secType, exchange, currency };
}

/** Whether two contracts are the same instrument, as far as both say. Routing does not count. */
export function isSameInstrument(a: TradableContract, b: TradableContract): boolean {
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
