import { UsageError } from '@ibkit/error-codes';
import type { WireContract } from '@ibkit/wire';
import { futuresCodeParts, shortForm } from './futures-code.js';
import type { FuturesCodeParts } from './futures-code.js';
import { parseOccSymbol } from './occ-symbol.js';

/** The security types of the TWS API that can be looked up. */
export const SEC_TYPES = [
  'STK', 'OPT', 'FUT', 'CONTFUT', 'FOP', 'IND', 'CASH', 'CFD', 'BOND', 'FUND', 'CMDTY', 'CRYPTO', 'WAR', 'IOPT', 'BILL',
] as const;

/** A security type of the TWS API. */
export type SecType = (typeof SEC_TYPES)[number];

/** Call or put. */
export type OptionRight = 'C' | 'P';

/**
 * What is known about a contract: enough fields that exactly one contract fits.
 *
 * Field names are those of the product; `primaryExch` and `lastTradeDateOrContractMonth`, the names of the TWS API, work too,
 * so that a `Contract` of `@stoqey/ib` can be passed as it is.
 */
export interface ContractQuery {
  /** The broker's contract id; alone it is enough. */
  readonly conId?: number | undefined;
  readonly symbol?: string | undefined;
  /** One of {@link SEC_TYPES}. @defaultValue 'STK' when there is a symbol and nothing that says otherwise */
  readonly secType?: string | undefined;
  /** Where it is traded or routed. @defaultValue 'SMART' for STK, OPT, FUND, BOND, WAR and CFD */
  readonly exchange?: string | undefined;
  readonly primaryExchange?: string | undefined;
  readonly primaryExch?: string | undefined;
  /** @defaultValue 'USD' for STK and OPT */
  readonly currency?: string | undefined;
  readonly localSymbol?: string | undefined;
  readonly tradingClass?: string | undefined;
  readonly multiplier?: number | string | undefined;
  /** `YYYY-MM-DD`, `YYYYMMDD`, or a contract month `YYYY-MM` or `YYYYMM`. */
  readonly lastTradeDate?: string | undefined;
  readonly lastTradeDateOrContractMonth?: string | undefined;
  readonly strike?: number | undefined;
  /** `C`, `P`, `CALL` or `PUT`. */
  readonly right?: string | undefined;
  readonly includeExpired?: boolean | undefined;
  /** The kind of `secId`: `ISIN`, `CUSIP`, `SEDOL`, `RIC` or `FIGI`. */
  readonly secIdType?: string | undefined;
  readonly secId?: string | undefined;
}

/** A query with its defaults applied and its spellings unified: equal questions are equal objects. */
export interface NormalizedQuery {
  readonly contract: WireContract;
  readonly includeExpired: boolean;
  readonly secIdType: string | undefined;
  readonly secId: string | undefined;
  /** The name of a future that the question was: exchanges name them in several ways. */
  readonly future?: FuturesCodeParts | undefined;
}

const SMART_BY_DEFAULT: ReadonlySet<string> = new Set<SecType>(['STK', 'OPT', 'FUND', 'BOND', 'WAR', 'CFD']);
const USD_BY_DEFAULT: ReadonlySet<string> = new Set<SecType>(['STK', 'OPT']);
const KNOWN_SEC_TYPES: ReadonlySet<string> = new Set<string>(SEC_TYPES);

/** Class shares are written `BRK B` at the broker, and `BRK.B`, `BRK/B` or `BRK-B` nearly everywhere else. */
const CLASS_SHARE = /^([A-Z]{1,5})[./-]([A-Z])$/u;

/** Whether a text names a security type that can be looked up. */
export function isSecType(text: string | undefined): text is SecType {
  return text !== undefined && KNOWN_SEC_TYPES.has(text);
}

/**
 * Turns what a caller wrote into one normal form.
 * A bare symbol means the US stock (`STK`, `SMART`, `USD`); an OCC option symbol, padded or compact, means that option; the name of a future
 * (`ESZ6`, `ES 202612`) means that future.
 * @throws {@link UsageError} naming the field that cannot be understood.
 */
export function normalizeQuery(query: string | ContractQuery): NormalizedQuery {
  return typeof query === 'string' ? fromText(query) : fromFields(query);
}

/** A text that is equal exactly when two normalised queries ask for the same. */
export function queryKey(query: NormalizedQuery): string {
  const { contract } = query;
  return JSON.stringify([
    contract.conId, contract.symbol, contract.secType, contract.lastTradeDateOrContractMonth, contract.strike, contract.right,
    contract.multiplier, contract.exchange, contract.primaryExch, contract.currency, contract.localSymbol, contract.tradingClass,
    query.includeExpired, query.secIdType, query.secId,
  ]);
}

/** How a query reads in an error message. */
export function describeQuery(query: NormalizedQuery): string {
  const { contract } = query;
  const id = contract.conId === undefined ? undefined : `conId ${contract.conId}`;
  const parts = [
    id, contract.symbol ?? contract.localSymbol, contract.secType, contract.lastTradeDateOrContractMonth, contract.strike, contract.right,
    contract.exchange, contract.primaryExch, contract.currency, query.secId,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function fromText(text: string): NormalizedQuery {
  const symbol = text.trim().toUpperCase();
  if (symbol === '') throw new UsageError({ field: 'symbol', value: text, rule: 'must not be empty' });
  const option = parseOccSymbol(symbol);
  const future = option === undefined ? futuresCodeParts(symbol) : undefined;
  if (future !== undefined) return { ...fromFields(futureFields(symbol, future)), future };
  if (option === undefined) return fromFields({ symbol: symbol.replace(CLASS_SHARE, '$1 $2'), secType: 'STK' });
  // The root is a trading class (SPXW, or AAPL7 after a split) and not always the symbol: the local symbol names the option exactly.
  return fromFields({
    localSymbol: option.localSymbol,
    secType: 'OPT',
    lastTradeDate: option.expiration,
    strike: option.strike,
    right: option.right,
  });
}

/** `ESZ6` is a local symbol as it stands; with a whole year the month is known, too. Names with a space are taken as the broker writes them. */
function futureFields(text: string, future: FuturesCodeParts): ContractQuery {
  const lastTradeDate = future.wholeYear ? `${future.year}${String(future.month).padStart(2, '0')}` : undefined;
  const asMonth = /\d{6}$/u.test(text) || /-\d{2}$/u.test(text);
  if (asMonth) return { symbol: future.root, secType: 'FUT', lastTradeDate };
  return { localSymbol: text.includes(' ') ? text : shortForm(future), secType: 'FUT', lastTradeDate };
}

function fromFields(query: ContractQuery): NormalizedQuery {
  const conId = checkedConId(query.conId);
  const symbol = textOf(query.symbol);
  const localSymbol = textOf(query.localSymbol);
  const secId = textOf(query.secId);
  if (conId === undefined && symbol === undefined && localSymbol === undefined && secId === undefined) {
    throw new UsageError({ field: 'contract', rule: 'must have a conId, a symbol, a localSymbol or a secId' });
  }
  const secType = checkedSecType(query.secType) ?? (conId === undefined ? 'STK' : undefined);
  return {
    contract: {
      conId,
      symbol,
      secType,
      lastTradeDateOrContractMonth: compactDate(query.lastTradeDate ?? query.lastTradeDateOrContractMonth),
      strike: checkedStrike(query.strike),
      right: checkedRight(query.right),
      multiplier: multiplierText(query.multiplier),
      exchange: textOf(query.exchange) ?? (conId === undefined && SMART_BY_DEFAULT.has(secType ?? '') ? 'SMART' : undefined),
      primaryExch: textOf(query.primaryExchange ?? query.primaryExch),
      currency: textOf(query.currency) ?? (conId === undefined && USD_BY_DEFAULT.has(secType ?? '') ? 'USD' : undefined),
      localSymbol,
      tradingClass: textOf(query.tradingClass),
    },
    includeExpired: query.includeExpired ?? false,
    secIdType: textOf(query.secIdType),
    secId,
  };
}

function textOf(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}

function checkedConId(conId: number | undefined): number | undefined {
  // 0 is how the TWS API writes "none".
  if (conId === undefined || conId === 0) return undefined;
  if (Number.isSafeInteger(conId) && conId > 0) return conId;
  throw new UsageError({ field: 'contract.conId', value: conId, rule: 'must be a positive whole number' });
}

function checkedSecType(value: string | undefined): SecType | undefined {
  const secType = textOf(value)?.toUpperCase();
  if (secType === undefined) return undefined;
  if (isSecType(secType)) return secType;
  throw new UsageError({ field: 'contract.secType', value, rule: `must be one of ${SEC_TYPES.join(', ')}` });
}

function checkedStrike(strike: number | undefined): number | undefined {
  if (strike === undefined || strike === 0) return undefined;
  if (Number.isFinite(strike) && strike > 0) return strike;
  throw new UsageError({ field: 'contract.strike', value: strike, rule: 'must be a number above 0' });
}

function checkedRight(value: string | undefined): OptionRight | undefined {
  const text = textOf(value)?.toUpperCase();
  // TWS API: `?`, `0` and the empty text all mean none.
  if (text === undefined || text === '?' || text === '0') return undefined;
  if (text === 'C' || text === 'CALL') return 'C';
  if (text === 'P' || text === 'PUT') return 'P';
  throw new UsageError({ field: 'contract.right', value, rule: 'must be C, P, CALL or PUT' });
}

function multiplierText(value: number | string | undefined): string | undefined {
  return typeof value === 'number' ? String(value) : textOf(value);
}

const DATE_OR_MONTH = /^(\d{4})-?(\d{2})(?:-?(\d{2}))?$/u;

function compactDate(value: string | undefined): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const match = DATE_OR_MONTH.exec(text);
  if (match !== null) return `${match[1] ?? ''}${match[2] ?? ''}${match[3] ?? ''}`;
  throw new UsageError({ field: 'contract.lastTradeDate', value, rule: 'must be YYYY-MM-DD, YYYYMMDD, YYYY-MM or YYYYMM' });
}
