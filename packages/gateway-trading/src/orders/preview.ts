import { UsageError } from '@ibkit/error-codes';
import type { OrderContract } from './contract.js';
import { decimalText, multiplyDecimals } from './decimal.js';
import type { GateReason } from './order-gate.js';
import { isPaperAccount } from './order-gate.js';
import type { OrderRequest, StagedRequest } from './order-request.js';
import type { OrderType } from './terms/order-types.js';

/** Anything that knows the price of a contract right now. `MarketData` of `@ibkit/market-data` satisfies it. */
export interface PriceSource {
  getLatestPrice(contract: OrderContract, options?: { readonly signal?: AbortSignal | undefined }): Promise<number>;
}

/** Where the price of an estimate comes from. */
export type PriceBasis = 'limit' | 'given' | 'marketData';

/** What an order would be, worked out here; nothing is sent and nothing is written. */
export interface OrderPreview {
  /** The request with its defaults; amounts are decimal text. */
  readonly order: StagedRequest;
  readonly account: string | undefined;
  /** Whether the account is a paper one; absent without an account. */
  readonly paper: boolean | undefined;
  /** Absent when no price is known. */
  readonly estimate: { readonly price: number; readonly basis: PriceBasis; /** Price times quantity times multiplier, in the contract's currency. */ readonly notional: number; readonly currency: string } | undefined;
  readonly warnings: readonly string[];
  /** Why it would be refused right now; empty when it would be sent. */
  readonly gate: readonly GateReason[];
}

/** The same for a bracket: `order` is its entry, and so are account, estimate and gate. */
export interface BracketPreview extends OrderPreview {
  /** The exits with their defaults, in the order in which they would be sent. */
  readonly exits: readonly StagedRequest[];
}

/** What to estimate with. */
export interface PreviewOptions {
  /** What the instrument trades at. @defaultValue what `marketData` says, when it was given */
  readonly price?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A price to estimate with. */
export interface KnownPrice {
  readonly price: number;
  readonly basis: PriceBasis;
}

/** What the instrument trades at: the given price, else that of the source, else nothing. */
export async function knownPrice(source: PriceSource | undefined, contract: OrderContract, { price, signal }: PreviewOptions): Promise<KnownPrice | undefined> {
  if (price !== undefined) {
    if (!Number.isFinite(price)) throw new UsageError({ field: 'price', value: price, rule: 'must be a finite number' });
    return { price, basis: 'given' };
  }
  try {
    // A combination has no price of its own: its legs have.
    return source === undefined || contract.secType === 'BAG' ? undefined : { price: await source.getLatestPrice(contract, { signal }), basis: 'marketData' };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    // A preview without a price says so; it is no reason to fail.
    return undefined;
  }
}

/** A limit this far through the market is more often a slip of the finger than an intention. */
const FAR_FROM_MARKET = 0.1;

/** The estimate and the warnings for a validated request. `market` is what the instrument trades at, when that is known. */
export function previewOf(
  { order, account, gate }: Pick<OrderPreview, 'order' | 'account' | 'gate'>,
  { request, market }: { readonly request: OrderRequest; readonly market: KnownPrice | undefined },
): OrderPreview {
  const { limitPrice } = request;
  const used: KnownPrice | undefined = limitPrice === undefined ? market : { price: limitPrice, basis: 'limit' };
  return {
    order,
    account,
    paper: account === undefined ? undefined : isPaperAccount(account),
    estimate: used === undefined ? undefined : { ...used, notional: notionalOf(order, used.price), currency: order.contract.currency },
    warnings: warningsOf(request, market),
    gate,
  };
}

function notionalOf({ quantity, contract, cashQuantity }: StagedRequest, price: number): number {
  if (cashQuantity !== undefined) return Number(cashQuantity);
  const multiplier = Number(contract.multiplier ?? 1);
  return Number(multiplyDecimals(multiplyDecimals(quantity, decimalText(price)), decimalText(multiplier)));
}

const FILLS_AT_ANY_PRICE: readonly OrderType[] = ['STP', 'TRAIL', 'MIT', 'MOC'];

function warningsOf(request: OrderRequest, market: KnownPrice | undefined): readonly string[] {
  const { orderType, action, limitPrice, outsideRth, tif, contract } = request;
  const warnings: string[] = [];
  if (orderType === 'MKT') warnings.push('A market order fills at whatever price there is.');
  if (FILLS_AT_ANY_PRICE.includes(orderType)) warnings.push(`A ${orderType} order fills at whatever price there is once it is released.`);
  if (orderType === 'MKT' && outsideRth === true) warnings.push('The broker ignores outsideRth on market orders.');
  if (limitPrice === undefined && market === undefined) warnings.push('No price is known, so the cost is not estimated.');
  if (tif === 'GTC') warnings.push('The order stays until it is filled or cancelled.');
  if (contract.secType !== 'BAG' && (contract.conId ?? 0) === 0) warnings.push('The contract is named by its symbol only: resolve it first to be sure which one it is.');
  if (limitPrice === undefined || market === undefined || market.price <= 0) return warnings;
  const through = action === 'BUY' ? limitPrice / market.price - 1 : 1 - limitPrice / market.price;
  if (through > FAR_FROM_MARKET) warnings.push(`The limit is ${Math.round(through * 100)} % through the market at ${decimalText(market.price)}.`);
  return warnings;
}
