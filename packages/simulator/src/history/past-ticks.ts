import type { QuoteEvent, TradeEvent } from '../market/market.js';
import type { TimeSpan } from '../market/new-york-days.js';
import type { DataDays } from './data-days.js';
import type { PriceHistory } from '../market/price-history.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
/** How far a query looks before it gives up. */
const LONGEST_SEARCH_MS = 7 * 24 * HOUR_MS;

/** Which ticks of the past are wanted. */
export interface TickQuery {
  /** From here on; else up to `endMs`. */
  readonly startMs: number | undefined;
  readonly endMs: number;
  readonly count: number;
  readonly regularOnly: boolean;
  /** Whether a tick counts. Called in order of time, for every tick. */
  readonly wanted: () => (event: QuoteEvent | TradeEvent) => boolean;
}

type Tick = QuoteEvent | TradeEvent;

function secondOf(tick: Tick | undefined): number {
  return Math.floor((tick?.atMs ?? 0) / SECOND_MS);
}

/** The pieces of a span of time that lie in regular sessions, or all of it. */
function openParts(days: DataDays, span: TimeSpan, regularOnly: boolean): readonly TimeSpan[] {
  if (!regularOnly) return [span];
  const parts: TimeSpan[] = [];
  for (let day = days.dayOf(span.startMs); day <= days.dayOf(span.endMs - 1) + 1; day += 1) {
    const session = days.hoursOf(day, true);
    if (session === undefined) continue;
    const part = { startMs: Math.max(session.startMs, span.startMs), endMs: Math.min(session.endMs, span.endMs) };
    if (part.endMs > part.startMs) parts.push(part);
  }
  return parts;
}

function collect(history: PriceHistory, days: DataDays, span: TimeSpan, query: TickQuery): Tick[] {
  const ticks: Tick[] = [];
  const isWanted = query.wanted();
  for (const part of openParts(days, span, query.regularOnly)) {
    history.events(part, (event) => {
      if (isWanted(event)) ticks.push(event);
    });
  }
  return ticks;
}

/** The first `count` ticks from the start on, and the rest of the last one's second. */
function forward(history: PriceHistory, days: DataDays, startMs: number, query: TickQuery): readonly Tick[] {
  const ticks: Tick[] = [];
  const isWanted = query.wanted();
  const limitMs = Math.min(query.endMs, startMs + LONGEST_SEARCH_MS);
  for (let fromMs = startMs; fromMs < limitMs && ticks.length < query.count; ) {
    const endMs = Math.min(limitMs, Math.floor(fromMs / MINUTE_MS) * MINUTE_MS + 10 * MINUTE_MS);
    for (const part of openParts(days, { startMs: fromMs, endMs }, query.regularOnly)) {
      history.events(part, (event) => {
        if (isWanted(event)) ticks.push(event);
      });
    }
    fromMs = endMs;
  }
  const last = secondOf(ticks[query.count - 1]);
  const end = ticks.findIndex((tick, index) => index >= query.count && secondOf(tick) !== last);
  return ticks.length <= query.count || end < 0 ? ticks : ticks.slice(0, end);
}

/** The last `count` ticks before the end, and the rest of the first one's second. */
function backward(history: PriceHistory, days: DataDays, query: TickQuery): readonly Tick[] {
  for (let lookMs = 10 * MINUTE_MS; ; lookMs *= 4) {
    const startMs = Math.floor(Math.max(query.endMs - Math.min(lookMs, LONGEST_SEARCH_MS), history.headMs ?? query.endMs) / MINUTE_MS) * MINUTE_MS;
    const ticks = collect(history, days, { startMs, endMs: query.endMs }, query);
    if (ticks.length < query.count && lookMs < LONGEST_SEARCH_MS) continue;
    let first = Math.max(0, ticks.length - query.count);
    const second = secondOf(ticks[first]);
    while (first > 0 && secondOf(ticks[first - 1]) === second) first -= 1;
    return ticks.slice(first);
  }
}

/** Ticks of the past: from a start on or up to an end, with whole seconds. Never more than a week is searched. */
export function pastTicks(history: PriceHistory, days: DataDays, query: TickQuery): readonly Tick[] {
  const head = history.headMs;
  if (head === undefined || query.count <= 0) return [];
  return query.startMs === undefined ? backward(history, days, query) : forward(history, days, Math.max(query.startMs, Math.floor(head / MINUTE_MS) * MINUTE_MS), query);
}
