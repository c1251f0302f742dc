import type { ApiInstrument, ApiInstrumentFields } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { parseFuturesCode, parseOccSymbol } from '@ibkit/market-data';
import type { ContractQuery } from '@ibkit/market-data';

/** What names an instrument: its text, or the fields of a request body. */
export type InstrumentNames = ApiInstrumentFields & Pick<ApiInstrument, 'symbol' | 'conId'>;

const CON_ID = /^@(\d{1,10})$/u;
/** `2026-12-18`, `20261218`, `2026-12`, `202612`. */
const EXPIRY = /^\d{4}-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01]))?$/u;
const MONTH_NAME = /(?:\d{6}|-\d{2})$/u;
/** Class shares are written `BRK B` at the broker, and `BRK.B` or `BRK-B` nearly everywhere else. */
const CLASS_SHARE = /^([A-Z]{1,5})[./-]([A-Z])$/u;

/**
 * What an instrument text (`SPY`, `SPY   261218C00600000`, `ESZ6`, `@756733`) means, together with the fields that tell instruments of one symbol apart.
 * A text alone means what {@link ContractQuery} says about one; a `secType` beside it makes it a symbol, whatever it looks like.
 * @throws {@link UsageError} naming the field for an id that is none, an expiry that is no day and no month, two different contract ids, no name at all.
 */
export function instrumentQuery(names: string | InstrumentNames): string | ContractQuery {
  const { symbol: text, conId: givenConId, expiry, ...fields } = typeof names === 'string' ? { symbol: names } : names;
  const symbol = text?.trim().toUpperCase();
  const conId = conIdOf(symbol, givenConId);
  const given = { ...definedOf(fields), ...(expiry === undefined ? {} : { lastTradeDate: checkedExpiry(expiry) }) };
  if (conId !== undefined) return { conId, ...given };
  if (symbol === undefined || symbol === '') throw new UsageError({ field: 'symbol', value: text, rule: 'must be a symbol such as SPY, or a contract id such as @756733' });
  if (Object.keys(given).length === 0) return symbol;
  return { ...(namedBy(symbol, given.secType) ?? { symbol: symbol.replace(CLASS_SHARE, '$1 $2') }), ...given };
}

/** The names of options and futures, which are local symbols, unless it was said that it is something else. */
function namedBy(symbol: string, secType: string | undefined): ContractQuery | undefined {
  if (secType === undefined || secType === 'OPT') {
    const option = parseOccSymbol(symbol);
    // The root of an option symbol is a trading class and not always the symbol: the local symbol names the option exactly.
    if (option !== undefined) return { localSymbol: option.localSymbol, secType: 'OPT', lastTradeDate: option.expiration, strike: option.strike, right: option.right };
  }
  if (secType !== undefined && secType !== 'FUT') return undefined;
  const future = parseFuturesCode(symbol, 0);
  if (future === undefined) return undefined;
  // Names with a space are the broker's own, except those that end in a month.
  const isOwnName = symbol.includes(' ') && !MONTH_NAME.test(symbol);
  return { localSymbol: isOwnName ? symbol : future.localSymbol, secType: 'FUT' };
}

function conIdOf(symbol: string | undefined, given: number | undefined): number | undefined {
  if (symbol?.startsWith('@') !== true) return given;
  const conId = Number(CON_ID.exec(symbol)?.[1] ?? 0);
  if (conId === 0) throw new UsageError({ field: 'symbol', value: symbol, rule: 'must be a contract id behind its @, such as @756733' });
  if (given !== undefined && given !== conId) throw new UsageError({ field: 'conId', value: given, rule: `must be the one of the symbol (${conId}), or be left out` });
  return conId;
}

function checkedExpiry(expiry: string): string {
  if (EXPIRY.test(expiry.trim())) return expiry.trim();
  throw new UsageError({ field: 'expiry', value: expiry, rule: 'must be a day YYYY-MM-DD or YYYYMMDD, or a contract month YYYYMM' });
}

function definedOf<T extends object>(fields: T): T {
  const copy = { ...fields };
  for (const key of Object.keys(copy)) if (Reflect.get(copy, key) === undefined) Reflect.deleteProperty(copy, key);
  return copy;
}
