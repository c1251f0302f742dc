import { RateLimitError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LineWants } from '../quotes/line-machine.js';
import type { LineRegistry } from '../quotes/line-registry.js';
import type { QuoteMode } from '../quotes/market-data-mode.js';
import type { LineShare } from '../quotes/acceptance/line-share.js';
import type { LineReader } from '../quotes/line-readers.js';
import type { Quote } from '../quotes/quote.js';

/** Where a price of the underlying comes from: its quote; what the broker's option model took for it; or what the caller said. */
export type UnderlyingPriceSource = 'quote' | 'options' | 'caller';

/** What is known of the underlying. */
export interface ChainUnderlying {
  readonly contract: ResolvedContract;
  /** The middle of bid and ask, else the last price, else the mark or the previous close: good enough to put a window around. */
  readonly price?: number | undefined;
  readonly source?: UnderlyingPriceSource | undefined;
  readonly mode: QuoteMode;
  readonly stale: boolean;
  readonly quote?: Quote | undefined;
}

/** What {@link UnderlyingWatch} works with. */
export interface UnderlyingWatchOptions {
  readonly contract: ResolvedContract;
  readonly lines: LineRegistry;
  readonly wants: LineWants;
  /** The price until another is known. */
  readonly callerPrice: number | undefined;
  readonly onPrice: () => void;
  /** Its line is over, or could not be had. */
  readonly onEnd: (error: Error | undefined) => void;
}

/** The price of the underlying, on a line of its own that does not give way: without it the window is blind. */
export class UnderlyingWatch implements LineReader {
  readonly #options: UnderlyingWatchOptions;
  #line: LineShare | undefined;
  #quotePrice: number | undefined;
  #optionsPrice: number | undefined;
  #ended = false;

  constructor(options: UnderlyingWatchOptions) {
    this.#options = options;
  }

  /** Asks for the line. */
  start(): void {
    const { lines, contract, wants, onEnd } = this.#options;
    try {
      this.#line = lines.acquire(contract, this, wants);
      if (this.#line.quote !== undefined) this.onQuote();
    } catch (error) {
      if (error instanceof RateLimitError || error instanceof Error) onEnd(error);
      else throw error;
    }
  }

  /** The best price that is known. */
  get price(): number | undefined {
    return this.#quotePrice ?? this.#optionsPrice ?? this.#options.callerPrice;
  }

  get view(): ChainUnderlying {
    const { contract } = this.#options;
    const { price } = this;
    const quote = this.#line?.quote;
    const known = this.#quotePrice !== undefined ? 'quote' : this.#optionsPrice !== undefined ? 'options' : 'caller';
    return Object.freeze({
      contract,
      price,
      source: price === undefined ? undefined : known,
      mode: quote?.mode ?? 'unknown',
      stale: this.#quotePrice !== undefined && (this.#line === undefined || this.#line.staleReason !== undefined),
      quote,
    });
  }

  /** What the broker's option model took for the price. */
  told(price: number): void {
    if (this.#ended || price <= 0 || price === this.#optionsPrice) return;
    this.#optionsPrice = price;
    if (this.#quotePrice === undefined) this.#options.onPrice();
  }

  onQuote(): void {
    const line = this.#line;
    // A stale price stays the best one, but nothing is put around it anew.
    if (line?.quote === undefined || line.staleReason !== undefined) return;
    const price = priceOf(line.quote);
    if (price === undefined || price === this.#quotePrice) return;
    this.#quotePrice = price;
    this.#options.onPrice();
  }

  onMode(): void {
    // The quote says it.
  }

  onGap(): void {
    // The chain tells of its own gaps.
  }

  onEnd(error: IbkrError | undefined): void {
    this.#line = undefined;
    if (!this.#ended) this.#options.onEnd(error);
  }

  /** Gives the line up; it lingers for whoever asks next. */
  close(): void {
    this.#ended = true;
    const line = this.#line;
    this.#line = undefined;
    line?.release();
  }
}

function priceOf({ bid, ask, last, mark, close }: Quote): number | undefined {
  const price = bid !== undefined && ask !== undefined ? (bid + ask) / 2 : (last ?? mark ?? close);
  return price !== undefined && price > 0 ? price : undefined;
}
