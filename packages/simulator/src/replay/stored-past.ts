import { TimeZone } from '@ibkit/clock';
import type { PriceHistory } from '../market/price-history.js';
import type { BarSeries } from './bar-series.js';
import type { ReplayData } from './replay-data.js';
import { REGULAR_OPEN_MS } from './row-rules.js';
import { StoredHistory } from './stored-history.js';

/** Rows of the last bar that is over at an instant, -1 for none. */
function lastUntil({ endMs }: BarSeries, untilMs: number): number {
  for (let row = endMs.length - 1; row >= 0; row -= 1) if ((endMs[row] ?? 0) <= untilMs) return row;
  return -1;
}

/** The past of instruments as files of bars have it: its prices, and where it ends. */
export class StoredPast {
  readonly #bySymbol = new Map<string, BarSeries[]>();
  readonly #joins = new Map<string, number>();

  /** @param startAtMs when the market starts, epoch milliseconds: bars that are not over then are left out */
  constructor(data: ReplayData, startAtMs: number) {
    for (const series of data.bars ?? []) {
      const known = this.#bySymbol.get(series.symbol) ?? [];
      known.push(series);
      this.#bySymbol.set(series.symbol, known);
      this.#joins.set(series.symbol, startAtMs);
    }
    const zone = new TimeZone('America/New_York');
    for (const { columns } of data.files) {
      const join = this.#joins.get(columns.symbol);
      if (join === undefined) continue;
      const firstMs = zone.instantOf(columns.date, REGULAR_OPEN_MS) - REGULAR_OPEN_MS + (columns.msOfDay[0] ?? 0);
      this.#joins.set(columns.symbol, Math.min(join, firstMs));
    }
  }

  get symbols(): Iterable<string> {
    return this.#bySymbol.keys();
  }

  /** The price that the market of a symbol goes on from: the close of the last bar, else the open of the first one. */
  lastPrice(symbol: string): number | undefined {
    const last = this.#last(symbol, this.#joins.get(symbol) ?? 0);
    return last ?? this.#bySymbol.get(symbol)?.[0]?.open[0];
  }

  /** The last close before a midnight; undefined when there is none. */
  closeBefore(symbol: string, midnightMs: number): number | undefined {
    return this.#last(symbol, Math.min(midnightMs, this.#joins.get(symbol) ?? midnightMs));
  }

  /** The bars of a symbol, with the market that goes on from them; the market alone for others. */
  historyOf(symbol: string, live: PriceHistory): PriceHistory {
    const series = this.#bySymbol.get(symbol);
    return series === undefined ? live : new StoredHistory({ series, live, joinMs: this.#joins.get(symbol) ?? 0 });
  }

  /** Of daily bars and others that end at the same time the daily one counts: it has the official close. */
  #last(symbol: string, untilMs: number): number | undefined {
    let best: { readonly endMs: number; readonly seconds: number; readonly close: number | undefined } | undefined;
    for (const series of this.#bySymbol.get(symbol) ?? []) {
      const row = lastUntil(series, untilMs);
      if (row < 0) continue;
      const endMs = series.endMs[row] ?? 0;
      const isBetter = best === undefined || endMs > best.endMs || (endMs === best.endMs && series.kind === 'TRADES' && series.size.seconds > best.seconds);
      if (isBetter) best = { endMs, seconds: series.size.seconds, close: series.close[row] };
    }
    return best?.close;
  }
}
