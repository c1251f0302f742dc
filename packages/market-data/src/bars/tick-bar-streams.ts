import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { BarSize } from '../history/bar-size.js';
import { zoneOf } from '../history/history-run.js';
import { checkDuration } from '../options.js';
import type { LinkWatch } from '../streams/link-watch.js';
import { OpenStreams } from '../streams/open-streams.js';
import type { TickStream } from '../streams/tick-stream.js';
import type { TickStreams } from '../ticks/tick-streams.js';
import { checkedWord } from './bar-policy.js';
import { tickBarBuilder, timeBarBuilder, volumeBarBuilder } from './bars-of.js';
import type { BarSpan } from './bar-grid.js';
import type { BarBuilder, TickBarsOptions, TimeBarsOptions, VolumeBarsOptions } from './bars-of.js';
import { ContractSessions } from './contract-sessions.js';
import { LiveTickBars } from './live-tick-bars.js';
import type { TickBarItem } from './tick-bar.js';

/** What bars from tick-by-tick trades have in common. */
export interface LiveTickBarsCommon {
  /** The trades: `Last` as the history service counts them, `AllLast` with those that are not reported. @defaultValue 'Last' */
  readonly kind?: 'Last' | 'AllLast' | undefined;
  /** Regular trading hours only. @defaultValue false */
  readonly useRth?: boolean | undefined;
  /** Items that the stream holds for a slow reader. @defaultValue 1000000 */
  readonly capacity?: number | undefined;
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined;
}

type Rules<T> = Omit<T, 'sessions' | 'timeZone' | 'fromMs' | 'toMs' | 'size'> & LiveTickBarsCommon;

/** Bars of equal time. */
export interface LiveTimeBarsOptions extends Rules<TimeBarsOptions> {
  readonly by: 'time';
  /** A size of TWS up to `8 hours`, or whole seconds in milliseconds, up to a day. */
  readonly size: BarSize | number;
  /** How long after its end a bar waits for a trade behind it before it is given out all the same, in milliseconds. Trades have whole seconds. @defaultValue 2000 */
  readonly closeAfterMs?: number | undefined;
}

/** Bars of so many trades. */
export interface LiveTradeCountBarsOptions extends Rules<TickBarsOptions> {
  readonly by: 'ticks';
  readonly size: number;
}

/** Bars of so much volume. */
export interface LiveVolumeBarsOptions extends Rules<VolumeBarsOptions> {
  readonly by: 'volume';
  readonly size: number;
}

/** Which bars are to be made from tick-by-tick trades, and how. */
export type LiveTickBarsOptionsBy = LiveTimeBarsOptions | LiveTradeCountBarsOptions | LiveVolumeBarsOptions;

/** What {@link TickBarStreams} works with. */
export interface TickBarStreamsDeps {
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly finder: ContractFinder;
  readonly ticks: TickStreams;
}

/** The open streams of bars that are made from trades here. */
export class TickBarStreams {
  readonly #deps: TickBarStreamsDeps;
  readonly #streams: OpenStreams;

  constructor(deps: TickBarStreamsDeps) {
    this.#deps = deps;
    this.#streams = new OpenStreams(deps.finder);
  }

  /** Opens one. @throws UsageError for what cannot be understood. */
  open(contract: ContractLike, options: LiveTickBarsOptionsBy): TickStream<TickBarItem> {
    const { capacity, signal } = options;
    const kind = checkedWord('kind', options.kind ?? 'Last', ['Last', 'AllLast']);
    const closeAfterMs = options.by === 'time' ? checkDuration('closeAfterMs', options.closeAfterMs ?? 2000, 0) : 0;
    // Options that make no sense are found now, not when the contract is known.
    builderOf(options, {}, () => undefined);
    const { clock, link, ticks } = this.#deps;
    return this.#streams.open<TickBarItem>(contract, {
      name: `bars by ${options.by} of ${contractName(contract)}`,
      capacity,
      signal,
      feed: (resolved, sink) =>
        new LiveTickBars({
          contract: resolved, clock, link, sink, closeAfterMs,
          trades: ticks.open(resolved, kind, {}),
          builder: (emit, stop) => builderOf(options, this.#market(resolved, options.useRth ?? false, stop), emit),
        }), // prettier-ignore
    });
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await this.#streams.close();
  }

  #market(contract: ResolvedContract, regular: boolean, signal: AbortSignal): Pick<TimeBarsOptions, 'sessions' | 'timeZone'> & { readonly needsHours: boolean } {
    const { finder, clock } = this.#deps;
    const sessions = new ContractSessions({ contract, regular, finder, clock, signal });
    const at = (atMs: number): BarSpan | 'closed' | 'unknown' => {
      const session = sessions.at(atMs);
      // A trade that came is no trade to be left out because the hours that were told say that nobody trades: they may be wrong, or lack the night.
      return session === 'closed' && !regular ? 'unknown' : session;
    };
    return { sessions: at, timeZone: zoneOf(contract), needsHours: regular };
  }
}

function builderOf(options: LiveTickBarsOptionsBy, market: Pick<TimeBarsOptions, 'sessions' | 'timeZone'>, emit: (item: TickBarItem) => void): BarBuilder {
  switch (options.by) {
    case 'time':
      return timeBarBuilder({ ...options, ...market }, emit);
    case 'ticks':
      return tickBarBuilder({ ...options, ...market }, emit);
    case 'volume':
      return volumeBarBuilder({ ...options, ...market }, emit);
    default: {
      const { by }: { readonly by?: unknown } = options;
      throw new UsageError({ field: 'by', value: by, rule: 'must be time, ticks or volume' });
    }
  }
}
