import type { ApiBar, ApiHistory } from '@ibkit/api-contract';
import type { HistoryBar, HistoryGap } from '@ibkit/market-data';
import { finite, known } from './known.js';

/** A bar of the past. */
export function barView(bar: HistoryBar): ApiBar {
  const { time, date, open, high, low, close, complete } = bar;
  return known({ timeMs: time, date, open, high, low, close, volume: finite(bar.volume), wap: finite(bar.wap), count: finite(bar.count), complete });
}

const REASON: Readonly<Record<HistoryGap['market'], string>> = {
  open: 'The broker has no data, although the market was open',
  closed: 'The market was closed',
  unknown: 'The broker has no data; whether the market was open is not known',
};

/** A part of the range without data. */
export function historyGapView({ fromMs, toMs, market }: HistoryGap): ApiHistory['gaps'][number] {
  return { fromMs, toMs, reason: REASON[market] };
}
