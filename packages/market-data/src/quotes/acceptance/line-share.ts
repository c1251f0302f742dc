import type { ResolvedContract } from '../../contracts/resolved-contract.js';
import type { MarketDataMode, QuoteMode } from '../market-data-mode.js';
import type { LineReader } from '../line-readers.js';
import type { QuoteLine } from '../quote-line.js';
import type { Quote } from '../quote.js';
import { modeFor } from './acceptance.js';
import { acceptedQuote } from './accepted-quote.js';

/** A line as one of its readers sees it: nothing that the reader did not accept, whoever else reads the line. */
export class LineShare {
  readonly contract: ResolvedContract;
  readonly #line: QuoteLine;
  readonly #reader: LineReader;
  readonly #accepts: MarketDataMode;
  #whole: Quote | undefined;
  #accepted: Quote | undefined;

  constructor(line: QuoteLine, reader: LineReader, accepts: MarketDataMode) {
    this.contract = line.contract;
    this.#line = line;
    this.#reader = reader;
    this.#accepts = accepts;
  }

  /** The same object until something changes. */
  get quote(): Quote | undefined {
    const whole = this.#line.quote;
    if (whole !== this.#whole) {
      this.#whole = whole;
      this.#accepted = whole === undefined ? undefined : acceptedQuote(whole, this.#accepts);
    }
    return this.#accepted;
  }

  get mode(): QuoteMode {
    return modeFor(this.#line.mode, this.#accepts);
  }

  /** Why nothing can be trusted or expected now, also before the first value. */
  get staleReason(): string | undefined {
    return this.#line.staleReason;
  }

  /** Whether nobody reads the line any more: it only lingers. */
  get idle(): boolean {
    return this.#line.idle;
  }

  /** The reader reads no more. */
  release(): void {
    this.#line.release(this.#reader);
  }

  /** Ends the line, for all its readers. Resolves once the broker was told. */
  close(): Promise<void> {
    return this.#line.close();
  }
}
