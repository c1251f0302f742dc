import type { Market } from '../../market/market.js';

/** Extremes of the last weeks and the average volume of a day. */
export interface WeekRanges {
  /** Lowest and highest price of the last 13, 26 and 52 weeks. */
  readonly lows: readonly [number, number, number];
  readonly highs: readonly [number, number, number];
  /** Of the days of the last 13 weeks that had trades. */
  readonly averageVolume: number;
}

interface Reading {
  /** The day that it was read on; the next day reads anew. */
  readonly endMs: number;
  readonly lows: number[];
  readonly highs: number[];
  volume: number;
  days: number;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const SPANS = [13, 26, 52] as const;
const MOST_WEEKS = 52;
const VOLUME_WEEKS = 13;
/** A year of minutes takes a while to read, so that it is read in parts. */
const WEEKS_PER_CALL = 4;

/** Reads ranges of weeks off the market's history, a part per call, once per instrument and day. */
export class WeekRangeReader {
  readonly #market: Market;
  readonly #readings = new Map<number, Reading>();

  constructor(market: Market) {
    this.#market = market;
  }

  /** The ranges up to the last midnight (UTC); undefined until enough calls have read them. */
  read(conId: number): WeekRanges | undefined {
    const endMs = Math.floor(this.#market.clock.now() / DAY_MS) * DAY_MS;
    let reading = this.#readings.get(conId);
    if (reading?.endMs !== endMs) {
      reading = { endMs, lows: [], highs: [], volume: 0, days: 0 };
      this.#readings.set(conId, reading);
    }
    if (reading.lows.length >= MOST_WEEKS) return this.#rangesOf(reading);
    for (let count = 0; count < WEEKS_PER_CALL; count += 1) this.#readWeek(conId, reading);
    return reading.lows.length >= MOST_WEEKS ? this.#rangesOf(reading) : undefined;
  }

  /** The week before those that have been read. */
  #readWeek(conId: number, reading: Reading): void {
    const week = reading.lows.length;
    const endMs = reading.endMs - week * WEEK_MS;
    const history = this.#market.history(conId);
    const days = new Set<number>();
    let low = Infinity;
    let high = -Infinity;
    history.spans(history.has('TRADES') ? 'TRADES' : 'MIDPOINT', 'minute', { startMs: endMs - WEEK_MS, endMs }, (span) => {
      if (span.low < low) low = span.low;
      if (span.high > high) high = span.high;
      if (week >= VOLUME_WEEKS || span.volume === 0) return;
      reading.volume += span.volume;
      days.add(Math.floor(span.startMs / DAY_MS));
    });
    reading.lows.push(low);
    reading.highs.push(high);
    reading.days += days.size;
  }

  #rangesOf({ lows, highs, volume, days }: Reading): WeekRanges {
    const [a, b, c] = SPANS;
    return {
      lows: [Math.min(...lows.slice(0, a)), Math.min(...lows.slice(0, b)), Math.min(...lows.slice(0, c))],
      highs: [Math.max(...highs.slice(0, a)), Math.max(...highs.slice(0, b)), Math.max(...highs.slice(0, c))],
      averageVolume: days === 0 ? 0 : volume / days,
    };
  }
}
