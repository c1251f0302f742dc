import { createHash } from 'node:crypto';
import { UsageError } from '@ibkit/error-codes';
import { orderContract } from './contract.js';
import type { OrderContract, SecType, TradableContract } from './contract.js';
import { decimalText, isMultipleOf } from './decimal.js';

/** Buy or sell. */
export type OrderAction = 'BUY' | 'SELL';
/** The order types of this version. */
export type OrderType = 'MKT' | 'LMT';
/** How long an order lives (TWS API: Order.tif). Sent always, so that no preset of the trading platform decides (code 10349). */
export type TimeInForce = 'DAY' | 'GTC' | 'IOC' | 'FOK' | 'OPG';

/** What a caller wants done. */
export interface OrderRequest {
  readonly contract: TradableContract;
  readonly action: OrderAction;
  /** Above 0; whole for everything but crypto and funds. */
  readonly quantity: number;
  readonly orderType: OrderType;
  /** Required for `LMT`, refused for `MKT`. On the tick grid when the contract says its `minTick`. */
  readonly limitPrice?: number | undefined;
  /** @defaultValue 'DAY' */
  readonly tif?: TimeInForce | undefined;
  /** Whether it may fill outside regular trading hours. @defaultValue false */
  readonly outsideRth?: boolean | undefined;
  /** Required when the session has several accounts, and always in live mode. */
  readonly account?: string | undefined;
  /**
   * Makes a repeat harmless: the same key with the same request gives back the same order, the same key with another request is refused.
   * At most 64 printable ASCII characters. @defaultValue a new one
   */
  readonly key?: string | undefined;
  /** Your own strategy tag, kept in the journal and echoed on the order, never sent. At most 128 characters. */
  readonly tag?: string | undefined;
}

/** A validated request with every default in place, as the journal keeps it: prices and sizes are decimal text. */
export interface StagedRequest {
  readonly contract: OrderContract;
  readonly action: OrderAction;
  readonly quantity: string;
  readonly orderType: OrderType;
  readonly limitPrice?: string | undefined;
  readonly tif: TimeInForce;
  readonly outsideRth: boolean;
}

const ACTIONS: readonly OrderAction[] = ['BUY', 'SELL'];
const ORDER_TYPES: readonly OrderType[] = ['MKT', 'LMT'];
const TIFS: readonly TimeInForce[] = ['DAY', 'GTC', 'IOC', 'FOK', 'OPG'];
const SEC_TYPES: readonly SecType[] = [
  'STK', 'OPT', 'FUT', 'FOP', 'CASH', 'IND', 'CFD', 'BOND', 'BILL', 'WAR', 'IOPT', 'FUND', 'CMDTY', 'CRYPTO', 'CONTFUT',
];
/** Kinds that the broker takes orders for in fractions through the API. */
const FRACTIONAL: readonly SecType[] = ['CRYPTO', 'FUND'];
/** Kinds that are quoted but cannot be traded: an index, and the continuous future that only history knows. */
const NOT_TRADABLE: readonly SecType[] = ['IND', 'CONTFUT'];

const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/u;
const MAX_KEY_LENGTH = 64;
const MAX_TAG_LENGTH = 128;
const MAX_NAME_LENGTH = 64;

function fail(field: string, rule: string, value: unknown): never {
  throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: `order.${field}`, value, rule });
}

/** As a caller in plain JavaScript may have written it: every field is checked, whatever its type says. */
type Unchecked<T> = { readonly [K in keyof T]?: unknown };

function checkText(field: string, value: unknown, { required = false, max = MAX_NAME_LENGTH } = {}): void {
  if (value === undefined) {
    if (required) fail(field, 'is required', value);
    return;
  }
  if (typeof value !== 'string') fail(field, 'must be a string', value);
  if (required && value.trim() === '') fail(field, 'must not be empty', value);
  if (value.length > max) fail(field, `must be at most ${max} characters`, value.length);
  if (!PRINTABLE_ASCII.test(value)) fail(field, 'must be printable ASCII, because the broker refuses anything else', value);
}

function checkChoice(field: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) fail(field, `must be one of ${allowed.join(', ')}`, value);
}

function checkObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) fail(field, 'must be an object', value);
}

function checkContract(contract: Unchecked<TradableContract>): void {
  checkObject('contract', contract);
  for (const field of ['symbol', 'exchange', 'currency'] as const) checkText(`contract.${field}`, contract[field], { required: true });
  for (const field of ['primaryExchange', 'primaryExch', 'localSymbol', 'tradingClass', 'lastTradeDate', 'lastTradeDateOrContractMonth'] as const) {
    checkText(`contract.${field}`, contract[field]);
  }
  const { secType, conId, strike, right, minTick, multiplier } = contract;
  if (multiplier !== undefined && !(Number(multiplier) > 0)) fail('contract.multiplier', 'must be a number above 0', multiplier);
  checkChoice('contract.secType', secType, SEC_TYPES.filter((kind) => !NOT_TRADABLE.includes(kind)));
  if (conId !== undefined && !(Number.isSafeInteger(conId) && Number(conId) >= 0)) fail('contract.conId', 'must be a whole number', conId);
  if (strike !== undefined && !Number.isFinite(strike)) fail('contract.strike', 'must be a finite number', strike);
  if (right !== undefined) checkChoice('contract.right', right, ['C', 'P']);
  if (minTick !== undefined && !(Number.isFinite(minTick) && Number(minTick) >= 0)) fail('contract.minTick', 'must be 0 or more', minTick);
  if ((secType === 'OPT' || secType === 'FOP') && !isOptionComplete(contract)) {
    fail('contract', 'must say conId, or expiry, strike and right, for an option', secType);
  }
}

function isOptionComplete({ conId, localSymbol, lastTradeDateOrContractMonth, lastTradeDate, strike, right }: Unchecked<TradableContract>): boolean {
  if (Number(conId ?? 0) > 0 || localSymbol !== undefined) return true;
  return (lastTradeDateOrContractMonth ?? lastTradeDate) !== undefined && strike !== undefined && right !== undefined;
}

function checkQuantity(quantity: unknown, secType: SecType): void {
  if (typeof quantity !== 'number' || !Number.isFinite(quantity) || quantity <= 0) fail('quantity', 'must be a finite number above 0', quantity);
  if (!FRACTIONAL.includes(secType) && !Number.isSafeInteger(quantity)) fail('quantity', `must be a whole number for ${secType}`, quantity);
}

function checkLimitPrice({ orderType, limitPrice, contract }: OrderRequest): void {
  if (orderType === 'MKT') {
    if (limitPrice !== undefined) fail('limitPrice', 'must be absent for a market order: say orderType LMT to limit the price', limitPrice);
    return;
  }
  if (typeof limitPrice !== 'number' || !Number.isFinite(limitPrice)) fail('limitPrice', 'must be a finite number for a limit order', limitPrice);
  // Futures, and spreads built from them, trade at zero and below; a share, an option or a coin never does.
  if (limitPrice <= 0 && !['FUT', 'FOP', 'CMDTY'].includes(contract.secType)) fail('limitPrice', 'must be above 0', limitPrice);
  const { minTick } = contract;
  if (minTick !== undefined && minTick > 0 && !isMultipleOf(decimalText(limitPrice), decimalText(minTick))) {
    fail('limitPrice', `must be a multiple of the smallest price step ${decimalText(minTick)}`, limitPrice);
  }
}

/**
 * Checks a request field by field and gives it back with its defaults, in the form of the journal.
 * @throws {@link UsageError} with code `IBKR_ORDER_INVALID` that names the field, the rule and the value.
 */
export function stageRequest(request: OrderRequest): StagedRequest {
  checkObject('request', request);
  checkContract(request.contract);
  const { contract, action, quantity, orderType, limitPrice, tif = 'DAY', outsideRth = false } = request;
  checkChoice('action', action, ACTIONS);
  checkChoice('orderType', orderType, ORDER_TYPES);
  checkChoice('tif', tif, TIFS);
  checkQuantity(quantity, contract.secType);
  checkLimitPrice(request);
  if (typeof outsideRth !== 'boolean') fail('outsideRth', 'must be true or false', outsideRth);
  checkText('account', request.account, { max: 32 });
  checkText('tag', request.tag, { max: MAX_TAG_LENGTH });
  if (request.key !== undefined) checkText('key', request.key, { required: true, max: MAX_KEY_LENGTH });
  return {
    contract: orderContract(contract),
    action,
    quantity: decimalText(quantity),
    orderType,
    ...(limitPrice === undefined ? {} : { limitPrice: decimalText(limitPrice) }),
    tif,
    outsideRth,
  };
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${parts.join(',')}}`;
}

/** What tells one request from another under the same key: SHA-256 over the canonical request, the account and the tag. */
export function hashRequest(staged: StagedRequest, account: string, tag: string | undefined): string {
  return createHash('sha256').update(canonical({ ...staged, account, tag })).digest('hex');
}
