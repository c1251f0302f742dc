import type { ApiPosition, ApiQuote, TopicSnapshot } from '@ibkit/api-contract';

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** A quote of the stream, whose numbers are decimal text, as the answer of a request shows it. */
export function quoteOf(data: TopicSnapshot<'quotes'>, nowMs: number): ApiQuote {
  // Nothing was received yet: as young as can be, and without a value.
  const receivedAtMs = data.receivedAtUs === undefined ? nowMs : data.receivedAtUs / 1000;
  const { symbol, conId, mode, halted, session, stale, staleReason } = data;
  return {
    symbol, conId,
    bid: numberOf(data.bid), bidSize: numberOf(data.bidSize), ask: numberOf(data.ask), askSize: numberOf(data.askSize), last: numberOf(data.last), lastSize: numberOf(data.lastSize),
    volume: numberOf(data.volume), open: numberOf(data.open), high: numberOf(data.high), low: numberOf(data.low), close: numberOf(data.close),
    mode, halted, session, stale, staleReason, receivedAtMs, ageMs: Math.max(0, nowMs - receivedAtMs),
  }; // prettier-ignore
}

/** A position of the stream with numbers. */
export function positionOf(data: TopicSnapshot<'positions'>['positions'][number]): ApiPosition {
  return {
    ...data,
    position: Number(data.position), averageCost: numberOf(data.averageCost), marketPrice: numberOf(data.marketPrice), marketValue: numberOf(data.marketValue), unrealizedPnl: numberOf(data.unrealizedPnl), realizedPnl: numberOf(data.realizedPnl),
  }; // prettier-ignore
}
