import type { TimeSpan } from '../market/new-york-days.js';
import type { DataDays } from './data-days.js';
import type { PriceHistory } from '../market/price-history.js';
import { barsOf } from './bars.js';
import type { HistoryBar } from './bars.js';
import { parseBarSize } from './bar-size.js';

const DAYS_OF_SAMPLE = 30;
const TRADING_DAYS_PER_YEAR = 252;
const DAY_MS = 86_400_000;

function flat(bar: HistoryBar, value: number): HistoryBar {
  return { startMs: bar.startMs, day: bar.day, open: value, high: value, low: value, close: value, volume: 0, wap: value, count: 0 };
}

function dailyBars(history: PriceHistory, days: DataDays, range: TimeSpan): readonly HistoryBar[] {
  const size = parseBarSize('1 day');
  const kind = history.has('TRADES') ? 'TRADES' : 'MIDPOINT';
  return size === undefined ? [] : barsOf(history, days, { kind, size, range, regularOnly: true });
}

/** The yearly volatility of the last 30 daily closes, for each day of the range. */
export function historicalVolatility(history: PriceHistory, days: DataDays, range: TimeSpan): readonly HistoryBar[] {
  const bars = dailyBars(history, days, { startMs: range.startMs - 2 * DAYS_OF_SAMPLE * DAY_MS, endMs: range.endMs });
  const moves = bars.map((bar, index) => Math.log(bar.close / (bars[index - 1]?.close ?? bar.close)));
  return bars.flatMap((bar, index) => {
    if (bar.startMs < range.startMs || index < DAYS_OF_SAMPLE) return [];
    const sample = moves.slice(index - DAYS_OF_SAMPLE + 1, index + 1);
    const mean = sample.reduce((sum, move) => sum + move, 0) / sample.length;
    const variance = sample.reduce((sum, move) => sum + (move - mean) ** 2, 0) / (sample.length - 1);
    return [flat(bar, Math.sqrt(variance * TRADING_DAYS_PER_YEAR))];
  });
}

/** The volatility that the options' model has at the money, for each day of the range. */
export function impliedVolatilityBars(history: PriceHistory, days: DataDays, range: TimeSpan, volatility: number): readonly HistoryBar[] {
  return dailyBars(history, days, range).map((bar) => flat(bar, volatility));
}
