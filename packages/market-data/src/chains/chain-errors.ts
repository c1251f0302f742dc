import { ContractError, MarketDataError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { OptionClass } from './option-class.js';

/** How many alternatives a message spells out; all are in the details. */
const SPELLED_OUT = 8;

/** What is wrong with a wish, in the words of `UsageError`: which field, its value, and what it must be. */
export interface WrongWish {
  readonly field: string;
  readonly value: string | number;
  readonly rule: string;
}

/** The error for an underlying without options. */
export function noOptionsError(underlying: string): ContractError {
  return new ContractError({
    code: 'IBKR_CHAIN_NO_OPTIONS',
    message: `The broker lists no options on ${underlying}`,
    tips: ['Name the underlying itself (stock, index or one month of a future), not an option on it.'],
  });
}

/** The error for an exchange, class, multiplier or expiry that the chain does not have. */
export function notListedError(underlying: string, { field, value, rule }: WrongWish, available: readonly (string | number)[]): ContractError {
  return new ContractError({
    code: 'IBKR_CHAIN_NOT_LISTED',
    message: `${field} ${value}: ${rule}. The options on ${underlying} have ${spellOut(available.map(String))}`,
    tips: [`Choose a ${field} that is listed: details.available has all of them.`],
    details: { field, value, rule, available },
  });
}

/** The error for expiries that are over. */
export function expiredError(underlying: string, wish: WrongWish): ContractError {
  const { field, value, rule } = wish;
  return new ContractError({
    code: 'IBKR_CHAIN_EXPIRED',
    message: `${field} ${value}: ${rule}. Options on ${underlying} that have expired have no quotes any more`,
    tips: ['Days count at the exchange, by the time of the server.'],
    details: { field, value, rule },
  });
}

/** The error for a chain in which several classes fit. */
export function ambiguousClassError(underlying: string, classes: readonly OptionClass[]): ContractError {
  const candidates = classes.map(({ exchange, tradingClass, multiplier, expiries }) => Object.freeze({ exchange, tradingClass, multiplier, expiries }));
  const texts = classes.map(({ exchange, tradingClass, multiplier, expiries }) => `${tradingClass} (${exchange}, ${multiplier} a contract, ${expiries.length} expiries from ${expiries[0] ?? 'none'})`);
  return new ContractError({
    code: 'IBKR_CHAIN_AMBIGUOUS',
    message: `Several classes of options on ${underlying} fit: ${spellOut(texts)}. Give tradingClass, exchange or multiplier`,
    tips: ['Classes differ in settlement, deliverable or multiplier: they are never mixed unasked.'],
    details: { candidates },
  });
}

/** The error for a window with nothing in it. */
export function emptyChainError(underlying: string, why: string, details: Readonly<Record<string, unknown>>): ContractError {
  return new ContractError({
    code: 'IBKR_CHAIN_EMPTY',
    message: `No option on ${underlying} fits: ${why}`,
    tips: ['Widen strikes, expiries or window.'],
    details,
  });
}

/** The error for a window around a price that nobody knows. */
export function noPriceForWindowError(underlying: string, waitedMs: number, cause: Error | undefined): MarketDataError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  return new MarketDataError({
    code: 'IBKR_CHAIN_NO_PRICE',
    message: `The broker gave no price of ${underlying} within ${waitedMs} ms, and the window is around it${why}`,
    retryable: true,
    tips: ['Give underlyingPrice, allow delayed data with mode, or name the strikes.'],
    cause,
  });
}

/** The error for a chain whose data is not subscribed to. */
export function noPermissionError(underlying: string, cause: IbkrError): MarketDataError {
  return new MarketDataError({
    code: 'IBKR_CHAIN_NO_PERMISSION',
    message: `The broker gives no quotes of options on ${underlying}: ${cause.message}`,
    brokerCode: cause.brokerCode,
    tips: ["Subscribe to the options data of the exchange (OPRA for US options), or give mode: 'delayed'."],
    cause,
  });
}

function spellOut(texts: readonly string[]): string {
  const rest = texts.length - SPELLED_OUT;
  return `${texts.slice(0, SPELLED_OUT).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
