import { TimeZone } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { barSeconds, checkedBarSize, isDated } from '../history/bar-size.js';
import type { BarSize } from '../history/bar-size.js';
import { BarGrid } from './bar-grid.js';
import { checkedWord, resolveBarPolicy } from './bar-policy.js';
import type { BarPolicy } from './bar-policy.js';
import { SizeBarBuilder } from './size-bar-builder.js';
import type { BarInput, TickBarItem } from './tick-bar.js';
import { TimeBarBuilder } from './time-bar-builder.js';

/** How {@link timeBars} makes its bars. */
export interface TimeBarsOptions extends BarPolicy {
  /** A size of TWS up to `8 hours`, or whole seconds in milliseconds, up to a day. */
  readonly size: BarSize | number;
  /** The zone by whose wall clock the bars lie, counted from midnight: an IANA name or a `TimeZone`. @defaultValue UTC */
  readonly timeZone?: TimeZone | string | undefined;
  /** Intervals without trades: left out, as the history service does, or given with the last price and no volume. Never in a hole. @defaultValue 'skip' */
  readonly empty?: 'skip' | 'fill' | undefined;
  /** How long a bar waits for late trades, in milliseconds by the times of trades. @defaultValue 0 */
  readonly lateMs?: number | undefined;
  /** A trade that comes after its bar was given out: left out and counted in `lateTrades`, or put into the present bar. @defaultValue 'skip' */
  readonly late?: 'skip' | 'current' | undefined;
  /** Since when every trade is there, epoch milliseconds: without it the first bar is not `complete`. */
  readonly fromMs?: number | undefined;
  /** Until when every trade is there, epoch milliseconds: without it the last bar is not `complete`. */
  readonly toMs?: number | undefined;
}

/** How {@link tickBars} makes its bars. */
export interface TickBarsOptions extends BarPolicy {
  /** Trades in a bar, a whole number of at least 1. */
  readonly size: number;
}

/** How {@link volumeBars} makes its bars. */
export interface VolumeBarsOptions extends BarPolicy {
  /** Volume of a bar, above 0. */
  readonly size: number;
  /**
   * Whether a trade that is larger than what is left of its bar is divided, so that every bar has exactly its size; the trade counts where it
   * begins. Otherwise it stays whole, and its bar has more. @defaultValue false
   */
  readonly split?: boolean | undefined;
}

/** Trades in order, as they happen or as they were recorded; holes are marked by `gap` items. */
export type BarSource = AsyncIterable<BarInput> | Iterable<BarInput>;

/** Makes bars from trades, one at a time. */
export interface BarBuilder {
  /** When the first open bar is to be given out, if it ends by time: epoch milliseconds by the times of trades. */
  readonly dueMs: number | undefined;
  add(input: BarInput): void;
  advance(nowMs: number): void;
  finish(): void;
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/**
 * Bars of equal time from any trades: of a stream, of the past, of a recording. A bar is given out when a trade behind it comes, or the trades end.
 * @throws UsageError for an option that makes no sense, at once.
 */
export function timeBars(source: BarSource, options: TimeBarsOptions): AsyncGenerator<TickBarItem, void> {
  return barsOf(source, (emit) => timeBarBuilder(options, emit));
}

/** Bars of so many trades each, in the order in which they come. @throws UsageError for an option that makes no sense, at once. */
export function tickBars(source: BarSource, options: TickBarsOptions): AsyncGenerator<TickBarItem, void> {
  return barsOf(source, (emit) => tickBarBuilder(options, emit));
}

/** Bars of so much volume each, in the order in which trades come. @throws UsageError for an option that makes no sense, at once. */
export function volumeBars(source: BarSource, options: VolumeBarsOptions): AsyncGenerator<TickBarItem, void> {
  return barsOf(source, (emit) => volumeBarBuilder(options, emit));
}

/** What makes time bars. @throws UsageError */
export function timeBarBuilder(options: TimeBarsOptions & { readonly needsHours?: boolean | undefined }, emit: (item: TickBarItem) => void): BarBuilder {
  const { empty = 'skip', late = 'skip', lateMs = 0, timeZone = 'UTC', fromMs, toMs, needsHours = false } = options;
  const policy = resolveBarPolicy(options);
  if (!(lateMs >= 0 && lateMs <= DAY_MS)) throw new UsageError({ field: 'lateMs', value: lateMs, rule: `must be a number of milliseconds from 0 to ${DAY_MS}` });
  const grid = new BarGrid({ sizeMs: barMs(options.size), timeZone: zoneNamed(timeZone), sessions: policy.sessions });
  return new TimeBarBuilder({
    grid, policy, emit, lateMs, fromMs, toMs, needsHours,
    empty: checkedWord('empty', empty, ['skip', 'fill']),
    late: checkedWord('late', late, ['skip', 'current']),
  }); // prettier-ignore
}

/** What makes tick bars. @throws UsageError */
export function tickBarBuilder(options: TickBarsOptions & { readonly needsHours?: boolean | undefined }, emit: (item: TickBarItem) => void): BarBuilder {
  const { size, needsHours = false } = options;
  if (!Number.isSafeInteger(size) || size < 1) throw new UsageError({ field: 'size', value: size, rule: 'must be a whole number of at least 1' });
  return new SizeBarBuilder({ by: 'ticks', size, split: false, policy: resolveBarPolicy(options), needsHours, emit });
}

/** What makes volume bars. @throws UsageError */
export function volumeBarBuilder(options: VolumeBarsOptions & { readonly needsHours?: boolean | undefined }, emit: (item: TickBarItem) => void): BarBuilder {
  const { size, split = false, needsHours = false } = options;
  if (!(size > 0) || !Number.isFinite(size)) throw new UsageError({ field: 'size', value: size, rule: 'must be a number above 0' });
  return new SizeBarBuilder({ by: 'volume', size, split, policy: resolveBarPolicy(options), needsHours, emit });
}

function barsOf(source: BarSource, builderFor: (emit: (item: TickBarItem) => void) => BarBuilder): AsyncGenerator<TickBarItem, void> {
  let ready: TickBarItem[] = [];
  const builder = builderFor((item) => {
    ready.push(item);
  });
  const take = (): readonly TickBarItem[] => {
    const items = ready;
    ready = [];
    return items;
  };
  async function* bars(): AsyncGenerator<TickBarItem, void> {
    for await (const input of source) {
      builder.add(input);
      if (ready.length > 0) yield* take();
    }
    builder.finish();
    yield* take();
  }
  return bars();
}

/** The length of a bar that is shorter than a day. @throws UsageError */
export function barMs(size: BarSize | number): number {
  if (typeof size === 'number') {
    if (Number.isSafeInteger(size) && size >= SECOND_MS && size <= DAY_MS && size % SECOND_MS === 0) return size;
    throw new UsageError({ field: 'size', value: size, rule: `must be whole seconds from ${SECOND_MS} to ${DAY_MS} milliseconds` });
  }
  const known = checkedBarSize(size);
  if (isDated(known)) throw new UsageError({ field: 'size', value: size, rule: 'must be 8 hours or shorter: days are those of the exchange, and history has them' });
  return barSeconds(known) * SECOND_MS;
}

function zoneNamed(zone: TimeZone | string): TimeZone {
  if (typeof zone !== 'string') return zone;
  try {
    return new TimeZone(zone);
  } catch {
    throw new UsageError({ field: 'timeZone', value: zone, rule: 'must be an IANA zone such as America/New_York' });
  }
}
