import type { ApiInstrument, ApiOrderTerms, ApiOrderTicket } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { ORDER_TYPE_RULES } from '@ibkit/gateway-trading';
import type { BracketRequest, ClosePositionOptions, OrderAttributes, OrderPriceFields, OrderRequest, OrderSubject, OrderType, PriceField, SpreadRequest, TradableContract } from '@ibkit/gateway-trading';
import { instrumentQuery } from '../instruments/instrument-query.js';
import type { OrderDeps } from './order-deps.js';

/** What makes a repeat harmless. A preview has none. */
export interface TicketIdentity {
  readonly key?: string | undefined;
  readonly requestHash?: string | undefined;
}

/** A ticket as Trading takes it, its instrument found. */
export type PreparedTicket =
  | { readonly kind: 'order'; readonly request: OrderRequest }
  | { readonly kind: 'bracket'; readonly request: BracketRequest }
  | { readonly kind: 'spread'; readonly request: SpreadRequest }
  | { readonly kind: 'close'; readonly contract: TradableContract; readonly options: ClosePositionOptions };

type TicketOf<K extends ApiOrderTicket['kind']> = Extract<ApiOrderTicket, { readonly kind: K }>;
type SingleOrder = Omit<TicketOf<'order'>, 'kind'>;
type AnyRequest = OrderSubject & OrderAttributes & { readonly orderType: OrderType } & { readonly [K in PriceField]?: OrderPriceFields[K] | undefined };

/** Whether the fields fit the type is judged, and a refusal written down, by Trading. */
function isOfKnownType(request: AnyRequest): request is OrderRequest {
  return request.orderType in ORDER_TYPE_RULES;
}

function requestOf(contract: TradableContract, order: ApiOrderTerms & Pick<SingleOrder, 'account' | 'tag' | 'action' | 'quantity'>, { key, requestHash }: TicketIdentity): OrderRequest {
  const request = { ...order, contract, key, requestHash };
  if (!isOfKnownType(request)) throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: 'order.orderType', value: order.orderType, rule: 'must be an order type of the TWS API' });
  return request;
}

function invalid(field: string, rule: string, value?: unknown): never {
  throw new UsageError({ code: 'IBKR_ORDER_INVALID', field: `order.instrument.${field}`, rule, ...(value === undefined ? {} : { value }) });
}

/** A combination is named by its legs, which have contract ids; nothing is left to look up. */
function combination({ symbol, legs, secType, exchange = 'SMART', currency = 'USD', multiplier, ...others }: ApiInstrument): TradableContract {
  if (secType !== undefined && secType !== 'BAG') invalid('legs', `must be absent for ${secType}: only a combination (BAG) has legs`);
  if (legs === undefined) invalid('legs', 'must be given for a combination (BAG)');
  if (symbol === undefined || symbol.startsWith('@')) invalid('symbol', 'must be the symbol of the underlying for a combination', symbol);
  for (const [field, value] of Object.entries(others)) if (value !== undefined) invalid(field, 'must be absent for a combination: its legs say it', value);
  return { symbol: symbol.toUpperCase(), secType: 'BAG', exchange, currency, multiplier, comboLegs: legs };
}

async function contractOf(instrument: ApiInstrument, { marketData }: Pick<OrderDeps, 'marketData'>, signal: AbortSignal | undefined): Promise<TradableContract> {
  const { legs, ...names } = instrument;
  if (legs !== undefined || names.secType === 'BAG') return combination(instrument);
  return marketData.resolve(instrumentQuery(names), { signal });
}

function spreadOf(ticket: TicketOf<'spread'>, identity: TicketIdentity): SpreadRequest {
  switch (ticket.spread) {
    case 'vertical':
      return { ...ticket, ...identity, kind: 'vertical' };
    case 'ironCondor':
      return { ...ticket, ...identity, kind: 'ironCondor' };
    case 'straddle':
      return { ...ticket, ...identity, kind: 'straddle' };
    case 'strangle':
      return { ...ticket, ...identity, kind: 'strangle' };
    case 'calendar':
      return { ...ticket, ...identity, kind: 'calendar' };
    case 'butterfly':
      return { ...ticket, ...identity, kind: 'butterfly' };
  }
}

/** The account that a ticket names. */
export function namedAccount(ticket: ApiOrderTicket): string | undefined {
  return ticket.kind === 'bracket' ? ticket.entry.account : ticket.account;
}

/** The tag of a ticket. */
export function tagOf(ticket: ApiOrderTicket): string | undefined {
  return ticket.kind === 'bracket' ? ticket.entry.tag : ticket.tag;
}

/**
 * Finds out what a ticket is about. The legs of a spread are found by Trading.
 * @throws {@link UsageError} for an instrument that cannot be understood; ContractError `IBKR_CONTRACT_NOT_FOUND`, `IBKR_CONTRACT_AMBIGUOUS`, ...; the errors of the connection.
 */
export async function prepareTicket(ticket: ApiOrderTicket, deps: Pick<OrderDeps, 'marketData'>, { signal, ...identity }: TicketIdentity & { readonly signal?: AbortSignal | undefined }): Promise<PreparedTicket> {
  switch (ticket.kind) {
    case 'order': {
      const { kind, instrument, ...order } = ticket;
      return { kind, request: requestOf(await contractOf(instrument, deps, signal), order, identity) };
    }
    case 'bracket': {
      const { kind, entry: { instrument, ...order }, takeProfit, stopLoss } = ticket; // prettier-ignore
      return { kind, request: { entry: requestOf(await contractOf(instrument, deps, signal), order, identity), takeProfit, stopLoss } };
    }
    case 'spread':
      return { kind: 'spread', request: spreadOf(ticket, identity) };
    case 'close': {
      const { kind, instrument, ...options } = ticket;
      return { kind, contract: await contractOf(instrument, deps, signal), options: { ...options, ...identity } };
    }
  }
}
