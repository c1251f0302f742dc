import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { checkedKind } from '../history/history-range.js';
import { checkDuration } from '../options.js';
import { OpenStreams } from '../streams/open-streams.js';
import type { TickStream } from '../streams/tick-stream.js';
import { REAL_TIME_BAR_KINDS, RealTimeBars } from './real-time-bars.js';
import type { RealTimeBar, RealTimeBarGap, RealTimeBarKind, RealTimeBarsDeps } from './real-time-bars.js';

/** Which bars of five seconds are wanted. */
export interface RealTimeBarOptions {
  /** @defaultValue 'TRADES' */
  readonly what?: RealTimeBarKind | undefined;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  /** The least silence after which they are doubted, unless the market is closed. @defaultValue the `barSilenceMs` of the object */
  readonly silenceMs?: number | undefined;
  /** Items that the stream holds for a slow reader. @defaultValue 1000000 */
  readonly capacity?: number | undefined;
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** The open streams of bars of five seconds. */
export class RealTimeBarStreams {
  readonly #deps: RealTimeBarsDeps;
  readonly #streams: OpenStreams;

  constructor(deps: RealTimeBarsDeps, finder: ContractFinder) {
    this.#deps = deps;
    this.#streams = new OpenStreams(finder);
  }

  /** Opens one. @throws UsageError for what cannot be understood. */
  open(contract: ContractLike, options: RealTimeBarOptions): TickStream<RealTimeBar | RealTimeBarGap> {
    const { useRth = false, capacity, signal } = options;
    const what = checkedKind('what', options.what ?? 'TRADES', REAL_TIME_BAR_KINDS);
    const silenceMs = options.silenceMs === undefined ? undefined : checkDuration('silenceMs', options.silenceMs, 1000);
    return this.#streams.open<RealTimeBar | RealTimeBarGap>(contract, {
      name: `real-time bars of ${contractName(contract)}`,
      capacity,
      signal,
      feed: (resolved, sink) => new RealTimeBars(this.#deps, { contract: resolved, what, useRth, silenceMs, sink }),
    });
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await this.#streams.close();
  }
}
