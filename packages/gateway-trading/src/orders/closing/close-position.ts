import { OrderError } from '@ibkit/error-codes';
import type { Position } from '../../account/account-data.js';
import { isSameInstrument, orderContract } from '../contract.js';
import type { SecType, TradableContract } from '../contract.js';
import type { LooseOrderRequest } from '../order-request.js';
import type { OrderState } from '../order-state.js';
import { fail } from '../terms/invalid-field.js';
import type { TimeInForce } from '../terms/order-types.js';

/** How to close a position. */
export interface ClosePositionOptions {
  /** Required when the session has several accounts. */
  readonly account?: string | undefined;
  /** How much of it, above 0. @defaultValue all */
  readonly quantity?: number | undefined;
  /** Closes at this price or better. @defaultValue none: a market order */
  readonly limitPrice?: number | undefined;
  /** @defaultValue 'DAY' */
  readonly tif?: TimeInForce | undefined;
  readonly outsideRth?: boolean | undefined;
  /** Cancels our own orders that would close the same position, and waits for their end. @defaultValue false: they are refused as a conflict */
  readonly cancelOrders?: boolean | undefined;
  /** A key that is known gives back its order and sends nothing, whatever has become of the position. */
  readonly key?: string | undefined;
  readonly tag?: string | undefined;
  /** What tells this request from others under its key: with it a key of another request is refused. @defaultValue a known key is this request */
  readonly requestHash?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A position to close: a contract, its conId alone, or what a list of positions shows. */
export type PositionLike = number | TradableContract;

/** Where an order for a kind goes when nobody says otherwise: positions come without an exchange (TWS API: position). */
const ROUTES: Readonly<Partial<Record<SecType, string>>> = { STK: 'SMART', OPT: 'SMART', CFD: 'SMART', BOND: 'SMART', BILL: 'SMART', WAR: 'SMART', IOPT: 'SMART', FUND: 'FUNDSERV', CASH: 'IDEALPRO', CRYPTO: 'PAXOS' };

/** The position that is meant. @throws {@link UsageError} `IBKR_ORDER_INVALID` when several fit. */
export function positionOf(positions: readonly Position[], target: PositionLike, account: string): Position | undefined {
  const isIt = ({ contract }: Position): boolean => (typeof target === 'number' ? contract.conId === target : isSameInstrument(orderContract(target), contract));
  const found = positions.filter((position) => position.account === account && position.position !== 0 && isIt(position));
  if (found.length > 1) fail('contract', `fits ${found.length} positions: give its conId`);
  return found[0];
}

/** Our own orders at work that would close the position, too: with them it would be closed twice. */
export function rivals(open: readonly OrderState[], { contract, position }: Position, account: string): readonly OrderState[] {
  const action = position > 0 ? 'SELL' : 'BUY';
  return open.filter((order) => order.account === account && order.action === action && isSameInstrument(order.contract, contract));
}

/** The error for a position that other orders of ours are closing. */
export function rivalError(orders: readonly OrderState[]): OrderError {
  return new OrderError({
    code: 'IBKR_CLOSE_CONFLICT',
    message: `${orders.length} order(s) of ours would close this position, too, and both together would turn it round: nothing was sent`,
    tips: ['Give cancelOrders: true to cancel them first, or cancel them yourself.'],
    details: { keys: orders.map(({ key }) => key) },
  });
}

/** The error for a position that another call is closing in another way at this moment. */
export function underWayError(): OrderError {
  return new OrderError({ code: 'IBKR_CLOSE_CONFLICT', message: 'This position is being closed by another call, in another way: wait for that one', retryable: true });
}

/** The order that closes a position, or a part of it. @throws {@link UsageError} `IBKR_ORDER_INVALID`. */
export function closingOrder({ contract, position }: Position, { target, account, options }: { readonly target: PositionLike; readonly account: string; readonly options: ClosePositionOptions }): LooseOrderRequest {
  const { quantity = Math.abs(position), limitPrice, tif, outsideRth, key, tag, requestHash } = options;
  if (quantity > Math.abs(position)) fail('quantity', `must not be above the position of ${Math.abs(position)}`, quantity);
  const { symbol, secType, currency, conId, multiplier, localSymbol, tradingClass } = contract;
  const kind = SEC_TYPES.find((type) => type === secType);
  if (symbol === undefined || currency === undefined || kind === undefined) fail('contract', 'must be a position in a single instrument', secType);
  const given = typeof target === 'number' ? undefined : target;
  const exchange = given?.exchange ?? ROUTES[kind] ?? contract.exchange;
  if (exchange === undefined || exchange === '') fail('contract.exchange', `must be given for ${kind}, because a position does not say where it trades`, exchange);
  return {
    contract: given?.conId === conId && given !== undefined ? given : { conId, symbol, secType: kind, currency, exchange, multiplier, localSymbol, tradingClass },
    action: position > 0 ? 'SELL' : 'BUY',
    quantity,
    orderType: limitPrice === undefined ? 'MKT' : 'LMT',
    limitPrice, tif, outsideRth, account, key, tag, requestHash,
  }; // prettier-ignore
}

const SEC_TYPES: readonly SecType[] = ['STK', 'OPT', 'FUT', 'FOP', 'CASH', 'CFD', 'BOND', 'BILL', 'WAR', 'IOPT', 'FUND', 'CMDTY', 'CRYPTO'];
