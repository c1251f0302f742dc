import { barsOf } from '../history/bars.js';
import type { BarQuery, HistoryBar } from '../history/bars.js';
import type { BarSize } from '../history/bar-size.js';
import type { DataDays } from '../history/data-days.js';
import type { QuoteEvent, TradeEvent } from '../market/market.js';
import { compactDay } from '../market/new-york-days.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { HistoryKind, PriceHistory, PriceSpan } from '../market/price-history.js';
import { UNIT_MS, emptySpan } from '../market/span-collector.js';
import type { BarSeries } from './bar-series.js';

const DAY_SECONDS = 86_400;
const HALF_DAY_MS = 43_200_000;

/** What a stored past is made from. */
export interface StoredHistoryOptions {
  /** The bars of the instrument. */
  readonly series: readonly BarSeries[];
  /** What happens since `joinMs`. */
  readonly live: PriceHistory;
  /** Where the bars end and the market goes on, epoch milliseconds: bars that are not over then are left out. */
  readonly joinMs: number;
}

/** Whether bars of a size are made of whole bars of another one. */
function isMadeOf(asked: BarSize, { unit, seconds }: BarSeries['size']): boolean {
  if (asked.unit === 'time') return unit === 'time' && asked.seconds % seconds === 0;
  return unit === 'time' ? DAY_SECONDS % seconds === 0 : unit === 'day' || unit === asked.unit;
}

function isSameSize(asked: BarSize, { unit, seconds }: BarSeries['size']): boolean {
  return asked.unit === unit && (unit !== 'time' || asked.seconds === seconds);
}

/** Which bars of a series are over at an instant: so many, from the first on. */
function countUntil({ endMs }: BarSeries, untilMs: number): number {
  let low = 0;
  let high = endMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((endMs[middle] ?? 0) <= untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first bar that does not begin before an instant. */
function firstFrom({ startMs }: BarSeries, fromMs: number): number {
  let low = 0;
  let high = startMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((startMs[middle] ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bars that a series contributes: those that begin within `from` and `to`. */
interface Part {
  readonly series: BarSeries;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * A past that files of bars have, and that the market goes on from. Bars of a size that is stored are given as they are stored; coarser ones are the sum of the coarsest
 * stored ones that fit; of finer ones there are those of the market since the join alone.
 */
export class StoredHistory implements PriceHistory {
  readonly #series: readonly BarSeries[];
  readonly #live: PriceHistory;
  readonly #joinMs: number;

  constructor(options: StoredHistoryOptions) {
    this.#series = options.series.filter((series) => countUntil(series, options.joinMs) > 0);
    this.#live = options.live;
    this.#joinMs = options.joinMs;
  }

  get headMs(): number | undefined {
    const stored = this.#series.reduce((first, { startMs }) => Math.min(first, startMs[0] ?? first), Number.POSITIVE_INFINITY);
    const live = this.#live.headMs;
    if (live === undefined) return Number.isFinite(stored) ? stored : undefined;
    return Math.min(stored, Math.max(live, this.#joinMs));
  }

  has(kind: HistoryKind): boolean {
    return this.#live.has(kind) || this.#series.some((series) => series.kind === kind);
  }

  /** Gives stored bars of a second, or of a minute and less, and then the market. */
  spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, visit: (span: PriceSpan) => void): void {
    const size: BarSize = unit === 'second' ? { unit: 'time', seconds: 1, name: '1 secs' } : { unit: 'time', seconds: 60, name: '1 min' };
    this.#spans(kind, unit, range, this.#parts(kind, size), visit);
  }

  /** Ticks there are since the join only. */
  events(range: TimeSpan, visit: (event: QuoteEvent | TradeEvent) => void): void {
    if (range.endMs > this.#joinMs) this.#live.events({ startMs: Math.max(range.startMs, this.#joinMs), endMs: range.endMs }, visit);
  }

  bars(days: DataDays, query: BarQuery): readonly HistoryBar[] {
    const { kind, size, range } = query;
    const exact = this.#series.find((series) => series.kind === kind && isSameSize(size, series.size));
    if (exact === undefined) return this.#aggregated(days, query);
    const [startMs, endMs] = [exact.startMs[0] ?? 0, exact.endMs[countUntil(exact, this.#joinMs) - 1] ?? 0];
    const before = range.startMs < startMs ? this.#aggregated(days, { ...query, range: { startMs: range.startMs, endMs: Math.min(range.endMs, startMs) } }) : [];
    const after = range.endMs > endMs ? this.#aggregated(days, { ...query, range: { startMs: Math.max(range.startMs, endMs), endMs: range.endMs } }) : [];
    return joined([...before, ...this.#given(days, query, exact), ...after]);
  }

  /** The bars of a series as they are. */
  #given(days: DataDays, { range, regularOnly, size }: BarQuery, series: BarSeries): readonly HistoryBar[] {
    const isDaily = size.unit !== 'time';
    const first = firstFrom(series, isDaily ? days.midnightOf(days.dayOf(range.startMs)) : range.startMs);
    const end = countUntil(series, Math.min(this.#joinMs, range.endMs));
    const bars: HistoryBar[] = [];
    for (let row = first; row < end; row += 1) {
      const startMs = series.startMs[row] ?? 0;
      const day = days.dayOf(startMs);
      const hours = regularOnly ? days.hoursOf(day, true) : undefined;
      if (!isDaily && regularOnly && (hours === undefined || startMs < hours.startMs || startMs >= hours.endMs)) continue;
      const close = series.close[row] ?? 0;
      const wap = series.wap[row] ?? Number.NaN;
      bars.push({
        startMs: isDaily ? (hours?.startMs ?? startMs) : startMs,
        day: isDaily ? compactDay(day) : undefined,
        open: series.open[row] ?? 0,
        high: series.high[row] ?? 0,
        low: series.low[row] ?? 0,
        close,
        volume: series.volume[row] ?? 0,
        wap: Number.isNaN(wap) ? close : wap,
        count: series.count[row] ?? 0,
      });
    }
    return bars;
  }

  #aggregated(days: DataDays, query: BarQuery): readonly HistoryBar[] {
    const parts = this.#parts(query.kind, query.size);
    const past: PriceHistory = {
      headMs: this.headMs,
      has: (kind) => this.has(kind),
      spans: (kind, unit, range, visit) => {
        this.#spans(kind, unit, range, parts, visit, query.range.endMs);
      },
      events: () => undefined,
    };
    return barsOf(past, days, query);
  }

  /** Which series bars of a size are made of, and when: the coarsest that fits, and where it has nothing yet or any more the next one. */
  #parts(kind: HistoryKind, size: BarSize): readonly Part[] {
    const fitting = this.#series.filter((series) => series.kind === kind && isMadeOf(size, series.size)).sort((a, b) => b.size.seconds - a.size.seconds);
    const parts: Part[] = [];
    let [coveredFrom, coveredTo] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const series of fitting) {
      const [fromMs, toMs] = [series.startMs[0] ?? 0, series.endMs[countUntil(series, this.#joinMs) - 1] ?? 0];
      if (parts.length === 0) parts.push({ series, fromMs, toMs });
      else {
        if (fromMs < coveredFrom) parts.push({ series, fromMs, toMs: Math.min(toMs, coveredFrom) });
        if (toMs > coveredTo) parts.push({ series, fromMs: Math.max(fromMs, coveredTo), toMs });
      }
      coveredFrom = Math.min(coveredFrom, fromMs);
      coveredTo = Math.max(coveredTo, toMs);
    }
    return parts.sort((a, b) => a.fromMs - b.fromMs);
  }

  #spans(kind: HistoryKind, unit: 'second' | 'minute', range: TimeSpan, parts: readonly Part[], visit: (span: PriceSpan) => void, untilMs = range.endMs): void {
    const span = emptySpan();
    for (const { series, fromMs, toMs } of parts) {
      const isDaily = series.size.unit !== 'time';
      // Bars of days belong to the session of their day, which may be asked for without its night.
      const first = firstFrom(series, Math.max(fromMs, isDaily ? range.startMs - HALF_DAY_MS : range.startMs));
      const end = countUntil(series, Math.min(this.#joinMs, untilMs));
      for (let row = first; row < end; row += 1) {
        const startMs = series.startMs[row] ?? 0;
        if (startMs >= range.endMs || startMs >= toMs) break;
        const close = series.close[row] ?? 0;
        const wap = series.wap[row] ?? Number.NaN;
        span.startMs = Math.max(startMs, range.startMs);
        span.open = series.open[row] ?? 0;
        span.high = series.high[row] ?? 0;
        span.low = series.low[row] ?? 0;
        span.close = close;
        span.volume = series.volume[row] ?? 0;
        span.value = span.volume * (Number.isNaN(wap) ? close : wap);
        span.trades = series.count[row] ?? 0;
        span.quotedMs = kind === 'TRADES' ? 0 : UNIT_MS[unit];
        visit(span);
      }
    }
    if (range.endMs > this.#joinMs) this.#live.spans(kind, unit, { startMs: Math.max(range.startMs, this.#joinMs), endMs: range.endMs }, visit);
  }
}

/** Puts the parts of one bar together: that of the files and that of the market. */
function joined(bars: readonly HistoryBar[]): readonly HistoryBar[] {
  const result: HistoryBar[] = [];
  for (const bar of bars) {
    const before = result.at(-1);
    const isSame = before !== undefined && (bar.day === undefined ? bar.startMs === before.startMs : bar.day === before.day);
    if (!isSame) {
      result.push(bar);
      continue;
    }
    const volume = before.volume + bar.volume;
    result[result.length - 1] = {
      ...before,
      high: Math.max(before.high, bar.high),
      low: Math.min(before.low, bar.low),
      close: bar.close,
      volume,
      wap: volume > 0 ? (before.wap * before.volume + bar.wap * bar.volume) / volume : bar.close,
      count: before.count + bar.count,
    };
  }
  return result;
}
