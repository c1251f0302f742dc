import type { ApiGreeks, ApiQuote } from '@ibkit/api-contract';
import type { OptionComputation, OptionRowGreeks, Quote } from '@ibkit/market-data';
import { finite, known } from './known.js';

/** The Greeks of a row of a chain, or one computation of the broker. */
export function greeksView(greeks: OptionRowGreeks | OptionComputation): ApiGreeks {
  const local = 'source' in greeks ? greeks : undefined;
  return known({
    source: local?.source ?? 'tws',
    impliedVolatility: finite(greeks.impliedVolatility),
    delta: finite(greeks.delta),
    gamma: finite(greeks.gamma),
    vega: finite(greeks.vega),
    theta: finite(greeks.theta),
    rho: finite(local?.rho),
    price: finite(greeks.price),
    underlyingPrice: finite(greeks.underlyingPrice),
  });
}

/** A quote as answers show it: the broker's own model for the Greeks of an option. @param nowMs epoch milliseconds, for its age */
export function quoteView(quote: Quote, nowMs: number): ApiQuote {
  const { symbol, conId, mode, halted, session, stale, staleReason, gaps, receivedAtMs } = quote;
  const model = quote.greeks?.model;
  return known({
    symbol,
    conId,
    bid: finite(quote.bid),
    bidSize: finite(quote.bidSize),
    ask: finite(quote.ask),
    askSize: finite(quote.askSize),
    last: finite(quote.last),
    lastSize: finite(quote.lastSize),
    volume: finite(quote.volume),
    open: finite(quote.open),
    high: finite(quote.high),
    low: finite(quote.low),
    close: finite(quote.close),
    mode,
    halted,
    session,
    greeks: model === undefined ? undefined : greeksView(model),
    stale,
    staleReason,
    gaps,
    receivedAtMs,
    // Where the clock was set back nobody knows better than "just now".
    ageMs: Math.max(0, nowMs - receivedAtMs),
  });
}
