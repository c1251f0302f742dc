import type { TimeSpan } from '../market/new-york-days.js';
import type { DataDays } from './data-days.js';
import type { PriceHistory } from '../market/price-history.js';
import { rangeOf } from './bars.js';
import { parseBarSize } from './bar-size.js';
import type { Duration } from './duration.js';

const FORM = /^(\d{1,4})\s+(second|minute|hour|day|week|month)s?$/i;
const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600 };
const UNITS: Readonly<Record<string, Duration['unit']>> = { day: 'D', week: 'W', month: 'M' };
/** So much is counted trade by trade. */
const MOST_DAYS = 100;
const DAY_MS = 86_400_000;

/** How much was traded at a price. */
export interface HistogramRow {
  readonly price: number;
  readonly size: number;
}

/** The span of time of a period such as `3 days`; undefined when it has another form, is 0, or is longer than three months. */
export function periodRange(days: DataDays, text: string, endMs: number, regularOnly: boolean): TimeSpan | undefined {
  const match = FORM.exec(text.trim());
  const count = Number(match?.[1] ?? 0);
  const word = (match?.[2] ?? '').toLowerCase();
  const size = parseBarSize('1 min');
  if (count === 0 || size === undefined) return undefined;
  const unit = UNITS[word];
  const duration: Duration = unit === undefined ? { count: count * (SECONDS[word] ?? 1), unit: 'S' } : { count, unit };
  const range = rangeOf(days, duration, endMs, size, regularOnly);
  return range.endMs - range.startMs > MOST_DAYS * DAY_MS ? undefined : range;
}

/** What was traded at each price, by price. */
export function histogramOf(history: PriceHistory, days: DataDays, range: TimeSpan, regularOnly: boolean): readonly HistogramRow[] {
  const sizes = new Map<number, number>();
  for (let day = days.dayOf(range.startMs); day <= days.dayOf(range.endMs - 1) + 1; day += 1) {
    const hours = days.hoursOf(day, regularOnly);
    if (hours === undefined) continue;
    const part = { startMs: Math.max(hours.startMs, range.startMs), endMs: Math.min(hours.endMs, range.endMs) };
    if (part.endMs <= part.startMs) continue;
    history.events(part, (event) => {
      if (event.kind === 'trade' && !event.unreported) sizes.set(event.price, (sizes.get(event.price) ?? 0) + event.size);
    });
  }
  return [...sizes].sort(([a], [b]) => a - b).map(([price, size]) => ({ price, size }));
}
