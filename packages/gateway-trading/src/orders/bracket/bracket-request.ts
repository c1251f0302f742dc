import { compareDecimals } from '../decimal.js';
import type { LooseOrderRequest, OrderPriceFields, OrderRequest, StagedRequest } from '../order-request.js';
import { checkObject, fail, withoutUndefined } from '../terms/invalid-field.js';
import type { OrderAttributes } from '../terms/order-attributes.js';
import type { OrderType, TimeInForce } from '../terms/order-types.js';

/** What an order is in its bracket. */
export type BracketRole = 'entry' | 'takeProfit' | 'stopLoss';

type SomePrices = { readonly [K in keyof OrderPriceFields]?: OrderPriceFields[K] | undefined };

/**
 * An exit of a bracket. It closes what the entry opens: contract, account and quantity are those of the entry, the side is the other one, and
 * so is `outsideRth` unless it says otherwise.
 */
export interface BracketExit extends SomePrices, Omit<OrderAttributes, 'cashQuantity' | 'oca'> {
  /** @defaultValue `LMT` for a profit; for a loss `TRAIL`, `STP LMT` or `STP`, by the fields that are given */
  readonly orderType?: OrderType | undefined;
  /** @defaultValue 'GTC', so that protection does not end with the day */
  readonly tif?: TimeInForce | undefined;
  readonly outsideRth?: boolean | undefined;
  /** @defaultValue that of the entry */
  readonly tag?: string | undefined;
}

/** An order with what closes it again: at a profit, at a loss, or both. */
export interface BracketRequest {
  /** Its `key` makes the whole bracket repeatable; the exits get `KEY/takeProfit` and `KEY/stopLoss`, so it may have 50 characters. */
  readonly entry: OrderRequest;
  readonly takeProfit?: BracketExit | undefined;
  readonly stopLoss?: BracketExit | undefined;
}

/** One order of a bracket as a request. */
export interface BracketOrder {
  readonly role: BracketRole;
  readonly request: LooseOrderRequest;
}

const MAX_KEY_LENGTH = 50;
/** TWS API: code 328, trailing stops can be attached to these only. */
const TRAILED_PARENTS: readonly OrderType[] = ['LMT', 'STP LMT'];

function typeOf(role: BracketRole, exit: BracketExit): OrderType {
  if (exit.orderType !== undefined) return exit.orderType;
  if (role === 'takeProfit') return 'LMT';
  if (exit.trailAmount !== undefined || exit.trailPercent !== undefined) return exit.limitOffset === undefined ? 'TRAIL' : 'TRAIL LIMIT';
  return exit.limitPrice === undefined ? 'STP' : 'STP LMT';
}

function exitOf(role: Exclude<BracketRole, 'entry'>, entry: OrderRequest, exit: BracketExit): BracketOrder {
  checkObject(role, exit);
  const orderType = typeOf(role, exit);
  if (orderType.startsWith('TRAIL') && !TRAILED_PARENTS.includes(entry.orderType)) {
    fail(`${role}.orderType`, `${orderType} can be attached to ${TRAILED_PARENTS.join(' and ')} only: send the trailing stop after the fill`, entry.orderType);
  }
  const { contract, action, quantity, account, key, tag, outsideRth } = entry;
  const given = withoutUndefined({ ...exit });
  return {
    role,
    request: {
      outsideRth, tag,
      tif: 'GTC',
      ...given,
      contract, quantity, account, orderType,
      action: action === 'BUY' ? 'SELL' : 'BUY',
      key: key === undefined ? undefined : `${key}/${role}`,
    },
  }; // prettier-ignore
}

/** The orders of a bracket, the entry first. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function bracketOrders(bracket: BracketRequest): readonly BracketOrder[] {
  checkObject('bracket', bracket);
  const { entry, takeProfit, stopLoss } = bracket;
  checkObject('entry', entry);
  if (takeProfit === undefined && stopLoss === undefined) fail('stopLoss', 'must be given, or takeProfit, or both');
  if (entry.cashQuantity !== undefined) fail('entry.cashQuantity', 'must be absent: the exits need to know the quantity', entry.cashQuantity);
  if (entry.key !== undefined && entry.key.length > MAX_KEY_LENGTH) fail('entry.key', `must be at most ${MAX_KEY_LENGTH} characters for a bracket`, entry.key.length);
  return [
    { role: 'entry', request: entry },
    ...(takeProfit === undefined ? [] : [exitOf('takeProfit', entry, takeProfit)]),
    ...(stopLoss === undefined ? [] : [exitOf('stopLoss', entry, stopLoss)]),
  ];
}

/** Where an order would trade, as far as it says. */
function levelOf({ limitPrice, stopPrice, triggerPrice }: StagedRequest): string | undefined {
  return limitPrice ?? stopPrice ?? triggerPrice;
}

/**
 * Refuses exits on the wrong side of each other or of the entry: they would trade at once.
 * @throws {@link UsageError} `IBKR_ORDER_INVALID`.
 */
export function checkBracketPrices(orders: readonly { readonly role: BracketRole; readonly staged: StagedRequest }[]): void {
  const level = (role: BracketRole): string | undefined => {
    const found = orders.find((order) => order.role === role);
    return found === undefined ? undefined : levelOf(found.staged);
  };
  const [profit, loss, start] = [level('takeProfit'), level('stopLoss'), level('entry')];
  const isLong = orders[0]?.staged.action === 'BUY';
  const [better, worse] = isLong ? ['above', 'below'] : ['below', 'above'];
  const isBetter = (a: string, b: string): boolean => (isLong ? compareDecimals(a, b) > 0 : compareDecimals(a, b) < 0);
  if (profit !== undefined && loss !== undefined && !isBetter(profit, loss)) fail('takeProfit', `must be ${better} the stop loss at ${loss} when the entry is a ${isLong ? 'BUY' : 'SELL'}`, profit);
  if (start === undefined) return;
  if (profit !== undefined && !isBetter(profit, start)) fail('takeProfit', `must be ${better} the entry at ${start}`, profit);
  if (loss !== undefined && !isBetter(start, loss)) fail('stopLoss', `must be ${worse} the entry at ${start}`, loss);
}
