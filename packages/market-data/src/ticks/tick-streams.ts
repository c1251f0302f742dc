import { UsageError } from '@ibkit/error-codes';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { OpenStreams } from '../streams/open-streams.js';
import { READ_TICK } from './tick-by-tick.js';
import type { GapTick, TickByTickKind, TickOfKind } from './tick-by-tick.js';
import { TickFeed } from './tick-feed.js';
import type { TickFeedDeps } from './tick-feed.js';
import { InstrumentPace } from './tick-place.js';
import type { TickStream } from '../streams/tick-stream.js';

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
  readonly #streams: OpenStreams;

  constructor(deps: Omit<TickFeedDeps, 'pace'>, finder: ContractFinder) {
    this.#deps = { ...deps, pace: new InstrumentPace(deps.clock) };
    this.#streams = new OpenStreams(finder);
  }

  /** Opens one. @throws {@link UsageError} for a contract, kind or capacity that cannot be understood. */
  open<K extends TickByTickKind>(contract: ContractLike, kind: K, options: TickByTickOptions): TickStream<TickOfKind[K] | GapTick> {
    const { signal, capacity, ignoreSize = false } = options;
    if (!Object.hasOwn(READ_TICK, kind)) throw new UsageError({ field: 'kind', value: kind, rule: 'must be Last, AllLast, BidAsk or MidPoint' });
    const name = `tick by tick ${kind} of ${contractName(contract)}`;
    return this.#streams.open<TickOfKind[K] | GapTick>(contract, {
      name,
      capacity,
      signal,
      feed: (resolved, sink) => new TickFeed(this.#deps, { contract: resolved, kind, ignoreSize, sink }),
    });
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await this.#streams.close();
  }
}
