import { onAbort } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { BoundedTickStream, DEFAULT_TICK_CAPACITY } from './tick-stream.js';
import type { TickStream } from './tick-stream.js';

/** What fills a stream, once its contract is known. */
interface Feed {
  close(): Promise<void>;
}

/** A stream to open. */
export interface StreamPlan<Item extends object> {
  /** What it is called in errors. */
  readonly name: string;
  readonly capacity?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly feed: (contract: ResolvedContract, sink: BoundedTickStream<Item>) => Feed;
}

/** Streams of one contract each, from the look-up of the contract to the last word to the broker. */
export class OpenStreams {
  readonly #finder: ContractFinder;
  readonly #open = new Set<() => Promise<void>>();

  constructor(finder: ContractFinder) {
    this.#finder = finder;
  }

  /** Opens one, which begins when its contract is found. @throws UsageError for a contract or capacity that cannot be understood. */
  open<Item extends object>(contract: ContractLike, { feed, ...plan }: StreamPlan<Item>): TickStream<Item> {
    return this.#begin<Item>(plan, (stream, ended, fill) => {
      this.#finder.find(contract, ended, {
        found: (resolved) => {
          fill(feed(resolved, stream));
        },
        failed: (error) => {
          stream.end(error);
        },
      });
    });
  }

  /** Opens one that is of no contract, and begins at once. @throws UsageError for a capacity that cannot be understood. */
  openNow<Item extends object>({ feed, ...plan }: Omit<StreamPlan<Item>, 'feed'> & { readonly feed: (sink: BoundedTickStream<Item>) => Feed }): TickStream<Item> {
    return this.#begin<Item>(plan, (stream, _ended, fill) => {
      try {
        fill(feed(stream));
      } catch (error) {
        stream.end(asError(error));
      }
    });
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((close) => close()));
  }

  #begin<Item extends object>(
    { name, capacity = DEFAULT_TICK_CAPACITY, signal }: Omit<StreamPlan<Item>, 'feed'>,
    start: (stream: BoundedTickStream<Item>, ended: AbortSignal, fill: (feed: Feed) => void) => void,
  ): TickStream<Item> {
    const ended = new AbortController();
    let release = (): void => undefined;
    let filling: Feed | undefined;
    const close = async (): Promise<void> => {
      await stream.close();
      await filling?.close();
    };
    const stream = new BoundedTickStream<Item>({
      capacity,
      name,
      onEnd: () => {
        this.#open.delete(close);
        release();
        ended.abort();
        void filling?.close();
      },
    });
    if (signal?.aborted === true) {
      void stream.return();
      return stream;
    }
    this.#open.add(close);
    if (signal !== undefined) release = onAbort(signal, () => void stream.return());
    start(stream, ended.signal, (feed) => {
      filling = feed;
      // It may have ended while it was being filled.
      if (ended.signal.aborted) void feed.close();
    });
    return stream;
  }
}
