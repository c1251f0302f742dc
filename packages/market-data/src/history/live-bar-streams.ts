import { UsageError } from '@ibkit/error-codes';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { OpenStreams } from '../streams/open-streams.js';
import { checkDuration } from '../options.js';
import type { TickStream } from '../streams/tick-stream.js';
import { barSeconds, checkedBarSize } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { checkedKind } from './history-range.js';
import { LIVE_BAR_KINDS, LiveBars } from './live-bars.js';
import type { LiveBarGap, LiveBarItem, LiveBarKind, LiveBarsDeps } from './live-bars.js';

/** What bars are to be kept up to date, and how. */
export interface KeepUpToDateOptions {
  /** `5 secs` and longer. */
  readonly barSize: BarSize;
  /** @defaultValue 'TRADES' */
  readonly what?: LiveBarKind | undefined;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  /** How far back the bars at the start reach, milliseconds up to 30 days. @defaultValue an hour, and 10 bars at least */
  readonly lookBackMs?: number | undefined;
  /**
   * After how long without an update the query is made anew, unless the contract's hours say that it does not trade. Doubled each time that
   * this changes nothing. TWS sends an update about every 5 seconds while there are trades. @defaultValue 120000
   */
  readonly silenceMs?: number | undefined;
  /** Items that the stream holds for a slow reader. @defaultValue 1000000 */
  readonly capacity?: number | undefined;
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined;
}

const HOUR_MS = 3_600_000;
const LONGEST_LOOK_BACK_MS = 30 * 24 * HOUR_MS;

/** The open streams of bars that are kept up to date. */
export class LiveBarStreams {
  readonly #deps: LiveBarsDeps;
  readonly #streams: OpenStreams;

  constructor(deps: LiveBarsDeps, finder: ContractFinder) {
    this.#deps = deps;
    this.#streams = new OpenStreams(finder);
  }

  /** Opens one. @throws {@link UsageError} for what cannot be understood. */
  open(contract: ContractLike, options: KeepUpToDateOptions): TickStream<LiveBarItem | LiveBarGap> {
    const { signal, capacity, useRth = false } = options;
    const barSize = checkedBarSize(options.barSize);
    if (barSeconds(barSize) < 5) throw new UsageError({ field: 'barSize', value: barSize, rule: 'must be 5 secs or longer to be kept up to date' });
    const what = checkedKind('what', options.what ?? 'TRADES', LIVE_BAR_KINDS);
    const usualMs = Math.min(LONGEST_LOOK_BACK_MS, Math.max(HOUR_MS, barSeconds(barSize) * 10_000));
    const lookBackMs = checkDuration('lookBackMs', options.lookBackMs ?? usualMs, 1000);
    const silenceMs = checkDuration('silenceMs', options.silenceMs ?? 120_000, 1000);
    return this.#streams.open<LiveBarItem | LiveBarGap>(contract, {
      name: `${barSize} bars of ${contractName(contract)}`,
      capacity,
      signal,
      feed: (resolved, sink) => new LiveBars(this.#deps, { contract: resolved, barSize, what, useRth, lookBackMs, silenceMs, sink }),
    });
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await this.#streams.close();
  }
}
