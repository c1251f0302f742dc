import type { TopicDelta } from '@ibkit/api-contract';
import type { BidAskTick, MidPointTick, TradeTick } from '@ibkit/market-data';
import { microseconds } from '../topic-event.js';
import { numberText } from './numbers.js';

/** One trade as the stream tells it. */
export function tradeData(tick: TradeTick): TopicDelta<'trades'> {
  const { symbol, conId, price, size, exchange, conditions, pastLimit, unreported, time, receivedAtMs } = tick;
  return { symbol, conId, price: numberText(price), size: numberText(size), exchange, conditions, pastLimit, unreported, tradedAtUs: microseconds(time), receivedAtUs: microseconds(receivedAtMs) };
}

/** One tick of any kind as the stream tells it. */
export function tickData(tick: TradeTick | BidAskTick | MidPointTick): TopicDelta<'ticks'> {
  if (tick.type === 'trade') return { kind: 'trade', ...tradeData(tick) };
  const { symbol, conId, time, receivedAtMs } = tick;
  const at = { quotedAtUs: microseconds(time), receivedAtUs: microseconds(receivedAtMs) };
  if (tick.type === 'midPoint') return { kind: 'midPoint', symbol, conId, price: numberText(tick.price), ...at };
  const { bid, ask, bidSize, askSize, bidPastLow, askPastHigh } = tick;
  return { kind: 'bidAsk', symbol, conId, bid: numberText(bid), ask: numberText(ask), bidSize: numberText(bidSize), askSize: numberText(askSize), bidPastLow, askPastHigh, ...at };
}
