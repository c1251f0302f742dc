import type { StoredPast } from '../replay/stored-past.js';
import { NewYorkDays } from './new-york-days.js';
import type { PriceHistory } from './price-history.js';

/** The past that files of bars have, by the instruments of a market that goes on from there. */
export class PastOfFiles {
  readonly #stored: StoredPast;
  readonly #symbols = new Map<number, string>();
  /** The close of the session before the start. */
  readonly #closes = new Map<number, number>();
  /** The day after the first the market has a close of its own. */
  readonly #firstDayEndMs: number;

  constructor(stored: StoredPast, { conIdOf, startAtMs }: { readonly conIdOf: (symbol: string) => number; readonly startAtMs: number }) {
    this.#stored = stored;
    const days = new NewYorkDays();
    const startDay = days.dayOf(startAtMs);
    this.#firstDayEndMs = days.midnightOf(startDay + 1);
    for (const symbol of stored.symbols) {
      const conId = conIdOf(symbol);
      const close = stored.closeBefore(symbol, days.midnightOf(startDay));
      this.#symbols.set(conId, symbol);
      if (close !== undefined) this.#closes.set(conId, close);
    }
  }

  /** The close before the first day, as long as that lasts; undefined where the files have none. */
  closeAt(conId: number, nowMs: number): number | undefined {
    return nowMs >= this.#firstDayEndMs ? undefined : this.#closes.get(conId);
  }

  /** The past of an instrument, its own behind that of the files; undefined where the files have none. */
  historyOf(conId: number, own: PriceHistory): PriceHistory | undefined {
    const symbol = this.#symbols.get(conId);
    return symbol === undefined ? undefined : this.#stored.historyOf(symbol, own);
  }
}
