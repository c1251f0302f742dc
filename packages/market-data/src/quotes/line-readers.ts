import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessageOf } from '@ibkit/wire';
import type { DataGap } from '../connection-port.js';
import { isRefused, modeFor } from './acceptance/acceptance.js';
import { allOf } from './line-machine.js';
import type { LineWants } from './line-machine.js';
import type { QuoteMode } from './market-data-mode.js';

/** Somebody who reads a line. */
export interface LineReader {
  /** Whether its line may be taken back for somebody else when lines are short. @defaultValue false */
  readonly givesWay?: boolean | undefined;
  /** The quote changed, possibly several times. */
  onQuote(): void;
  /** What the line carries, as far as the reader accepts it. */
  onMode(mode: QuoteMode): void;
  onGap(gap: DataGap): void;
  /** A headline came on the line. */
  onNews?(news: ServerMessageOf<'tickNews'>): void;
  /** The line is over for good, for this reader. */
  onEnd(error: IbkrError | undefined): void;
}

/** Who reads a line, and what each of them wants and accepts. */
export class LineReaders {
  readonly #wants = new Map<LineReader, LineWants>();

  get size(): number {
    return this.#wants.size;
  }

  /** Whether all of them let the line be taken back. */
  get givesWay(): boolean {
    return [...this.#wants.keys()].every((reader) => reader.givesWay === true);
  }

  /** What serves all of them. */
  get wants(): LineWants {
    return allOf([...this.#wants.values()]);
  }

  add(reader: LineReader, wants: LineWants): void {
    this.#wants.set(reader, wants);
  }

  /** @returns whether it was one of them */
  remove(reader: LineReader): boolean {
    return this.#wants.delete(reader);
  }

  /** Those who asked for one of these ticks. */
  whoAskedFor(ticks: readonly number[]): readonly LineReader[] {
    return [...this.#wants].flatMap(([reader, wants]) => (wants.ticks.some((id) => ticks.includes(id)) ? [reader] : []));
  }

  /** Those who get nothing from a line that carries this. */
  whoRefuses(served: QuoteMode): readonly LineReader[] {
    return [...this.#wants].flatMap(([reader, { mode }]) => (isRefused(served, mode) ? [reader] : []));
  }

  tellQuote(): void {
    for (const reader of this.#wants.keys()) reader.onQuote();
  }

  /** Tells those to whom it makes a difference. */
  tellMode(before: QuoteMode, after: QuoteMode): void {
    for (const [reader, { mode: accepts }] of [...this.#wants]) {
      const seen = modeFor(after, accepts);
      if (seen !== modeFor(before, accepts)) reader.onMode(seen);
    }
  }

  tellGap(gap: DataGap): void {
    for (const reader of [...this.#wants.keys()]) reader.onGap(gap);
  }

  tellNews(news: ServerMessageOf<'tickNews'>): void {
    for (const reader of [...this.#wants.keys()]) reader.onNews?.(news);
  }

  /** Tells all of them that it is over, and forgets them. */
  end(error: IbkrError | undefined): void {
    for (const reader of [...this.#wants.keys()]) reader.onEnd(error);
    this.#wants.clear();
  }
}
