import { UsageError } from '@ibkit/error-codes';
import { contractName } from './contract-finder.js';
import type { ContractFinder, ContractLike } from './contract-finder.js';
import { READ_TICK } from './tick-by-tick.js';
import type { GapTick, TickByTickKind, TickOfKind } from './tick-by-tick.js';
import { TickFeed } from './tick-feed.js';
import type { TickFeedDeps } from './tick-feed.js';
import { BoundedTickStream, DEFAULT_TICK_CAPACITY } from './tick-stream.js';
import type { TickStream } from './tick-stream.js';

/** How a tick-by-tick stream is read. */
export interface TickByTickOptions {
  /** Items that the stream holds for a slow reader, at least 1. @defaultValue 1000000 */
  readonly capacity?: number | undefined;
  /** For `BidAsk`: leave out ticks that change only a size. @defaultValue false */
  readonly ignoreSize?: boolean | undefined;
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** The open tick-by-tick streams. */
export class TickStreams {
  readonly #deps: TickFeedDeps;
  readonly #finder: ContractFinder;
  readonly #open = new Set<() => Promise<void>>();

  constructor(deps: TickFeedDeps, finder: ContractFinder) {
    this.#deps = deps;
    this.#finder = finder;
  }

  /** Opens one. @throws {@link UsageError} for a contract, kind or capacity that cannot be understood. */
  open<K extends TickByTickKind>(contract: ContractLike, kind: K, options: TickByTickOptions): TickStream<TickOfKind[K] | GapTick> {
    const { signal, capacity = DEFAULT_TICK_CAPACITY, ignoreSize = false } = options;
    if (!Object.hasOwn(READ_TICK, kind)) throw new UsageError({ field: 'kind', value: kind, rule: 'must be Last, AllLast, BidAsk or MidPoint' });
    const name = `tick by tick ${kind} of ${contractName(contract)}`;
    const ended = new AbortController();
    let feed: TickFeed<K> | undefined;
    const onAbort = (): void => {
      void stream.return();
    };
    const close = async (): Promise<void> => {
      await stream.close();
      await feed?.close();
    };
    const stream = new BoundedTickStream<TickOfKind[K] | GapTick>({
      capacity,
      name,
      onEnd: () => {
        this.#open.delete(close);
        signal?.removeEventListener('abort', onAbort);
        ended.abort();
        void feed?.close();
      },
    });
    if (signal?.aborted === true) {
      onAbort();
      return stream;
    }
    this.#open.add(close);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#finder.find(contract, ended.signal, {
      found: (resolved) => {
        feed = new TickFeed(this.#deps, { contract: resolved, kind, ignoreSize, sink: stream });
      },
      failed: (error) => {
        stream.end(error);
      },
    });
    return stream;
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((close) => close()));
  }
}
