import type { TopicDelta, TopicSnapshot } from '@ibkit/api-contract';
import type { Quote, ResolvedContract } from '@ibkit/market-data';
import { known } from '../../views/known.js';
import { microseconds } from '../topic-event.js';
import { amountText } from './numbers.js';

type QuoteData = TopicSnapshot<'quotes'>;
type QuoteChange = TopicDelta<'quotes'>;
type Model = NonNullable<NonNullable<Quote['greeks']>['model']>;

const AMOUNTS = ['bid', 'bidSize', 'ask', 'askSize', 'last', 'lastSize', 'volume', 'open', 'high', 'low', 'close'] as const;

function greeksData(model: Model): NonNullable<QuoteData['greeks']> {
  const { impliedVolatility, delta, gamma, vega, theta, price, underlyingPrice } = model;
  return known<NonNullable<QuoteData['greeks']>>({
    source: 'tws',
    impliedVolatility: amountText(impliedVolatility), delta: amountText(delta), gamma: amountText(gamma), vega: amountText(vega), theta: amountText(theta),
    price: amountText(price), underlyingPrice: amountText(underlyingPrice),
  }); // prettier-ignore
}

/** A quote as the stream tells it. */
export function quoteData(quote: Quote): QuoteData {
  const { symbol, conId, mode, halted, session, stale, staleReason, receivedAtMs } = quote;
  const model = quote.greeks?.model;
  const data: QuoteData = {
    symbol, conId, mode, halted, session, greeks: model === undefined ? undefined : greeksData(model), stale, staleReason, receivedAtUs: microseconds(receivedAtMs),
  }; // prettier-ignore
  for (const field of AMOUNTS) data[field] = amountText(quote[field]);
  return known(data);
}

/** What is known of an instrument before the first value: that there is none yet. */
export function emptyQuote({ symbol, conId }: Pick<ResolvedContract, 'symbol' | 'conId'>): QuoteData {
  return { symbol, conId, mode: 'unknown', stale: true, staleReason: 'nothing was received yet' };
}

/** What makes one quote of another; `notable` where it is a halt, another kind of data, or doubt. */
export function quoteChange(before: Quote, after: Quote): { readonly change: QuoteChange; readonly notable: boolean } {
  const change: QuoteChange = {};
  for (const field of AMOUNTS) if (before[field] !== after[field]) change[field] = amountText(after[field]) ?? null;
  if (before.mode !== after.mode) change.mode = after.mode;
  if (before.halted !== after.halted) change.halted = after.halted ?? null;
  if (before.session !== after.session) change.session = after.session;
  if (before.stale !== after.stale) change.stale = after.stale;
  if (before.staleReason !== after.staleReason) change.staleReason = after.staleReason ?? null;
  if (before.receivedAtMs !== after.receivedAtMs) change.receivedAtUs = microseconds(after.receivedAtMs);
  const model = after.greeks?.model;
  if (before.greeks?.model !== model) change.greeks = model === undefined ? null : greeksData(model);
  return { change, notable: change.mode !== undefined || change.halted !== undefined || change.stale !== undefined || change.session !== undefined };
}
