import { setMaxListeners } from 'node:events';
import type { Clock } from '@ibkit/clock';
import { MarketDataError } from '@ibkit/error-codes';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { RealTimeBarStreams } from './bars/real-time-bar-streams.js';
import { TickBarStreams } from './bars/tick-bar-streams.js';
import { OptionChains } from './chains/option-chains.js';
import type { MarketDataConnection } from './connection-port.js';
import { contractStoreOf } from './contracts/contract-cache-option.js';
import type { ContractCacheSettings } from './contracts/contract-cache-option.js';
import { ContractFinder } from './contracts/contract-finder.js';
import { ContractResolver } from './contracts/contract-resolver.js';
import { DepthBooks } from './depth/depth-books.js';
import type { HistoryDeps, HistoryPacing } from './history/history-request.js';
import { LiveBarStreams } from './history/live-bar-streams.js';
import { LivenessDesk } from './liveness/liveness-desk.js';
import { News } from './news/news.js';
import { resolveMarketDataSettings } from './options.js';
import type { MarketDataSettings, ResolvedMarketDataSettings } from './options.js';
import { LineRegistry } from './quotes/line-registry.js';
import type { LineCounting } from './quotes/line-registry.js';
import { ModeSwitch } from './quotes/mode-switch.js';
import { QuoteLooks } from './quotes/quote-looks.js';
import type { QuoteLooksDeps } from './quotes/quote-looks.js';
import { Tickers } from './quotes/tickers.js';
import { Scanner } from './scanner/scanner.js';
import { HoursKeeper } from './sessions/hours-keeper.js';
import { LinkWatch } from './streams/link-watch.js';
import { TickStreams } from './ticks/tick-streams.js';

/** Options of {@link MarketData}. */
export interface MarketDataOptions extends MarketDataSettings {
  /** A `ConnectionManager` of `@ibkit/core-connection`, or anything of that shape. It is not closed by {@link MarketData.close}. */
  readonly connection: MarketDataConnection;
  /** Stamps quotes and runs timers. @defaultValue the connection's clock */
  readonly clock?: Clock | undefined;
  /** Told what a listener of a subscription threw, and the event's name. @defaultValue errors of listeners are dropped */
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
  /**
   * Paces requests about the past. The broker counts per user: share one between objects, and keep it over restarts of them; it is not closed
   * by {@link MarketData.close}. @defaultValue one of its own
   */
  readonly pacer?: HistoryPacing | undefined;
  /**
   * Counts quote lines, tick-by-tick streams, order books and snapshots: what would exceed it ends with RateLimitError
   * `IBKR_RATE_LINES_EXHAUSTED` before anything is sent. A snapshot waits for a line until its deadline; a tick-by-tick stream waits 15 s after
   * another one of the same instrument. @defaultValue none: the broker refuses (101, 309, 10190)
   */
  readonly lineBudget?: LineCounting | undefined;
  /** Keeps found contracts between runs, for `contractTtlMs`. @defaultValue they are forgotten with the object */
  readonly contractCache?: ContractCacheSettings | undefined;
}

/** What a {@link MarketData} is made of, and how all of it ends. */
export class MarketDataParts {
  readonly settings: ResolvedMarketDataSettings;
  readonly connection: MarketDataConnection;
  readonly resolver: ContractResolver;
  readonly finder: ContractFinder;
  readonly liveness: LivenessDesk;
  readonly lines: LineRegistry;
  readonly tickers: Tickers;
  readonly looks: QuoteLooks;
  readonly ticks: TickStreams;
  readonly history: HistoryDeps;
  readonly liveBars: LiveBarStreams;
  readonly realTimeBars: RealTimeBarStreams;
  readonly tickBars: TickBarStreams;
  readonly books: DepthBooks;
  readonly chains: OptionChains;
  readonly news: News;
  readonly scanner: Scanner;
  readonly #link: LinkWatch;
  readonly #modeSwitch: ModeSwitch;
  readonly #hours: HoursKeeper;
  readonly #ownPacer: HistoricalPacer | undefined;
  readonly #stop = new AbortController();

  /** @throws {@link UsageError} for an option out of its range. */
  constructor(options: MarketDataOptions) {
    const { connection, onListenerError, lineBudget: budget } = options;
    const clock = options.clock ?? connection.clock;
    const stop = this.#stop.signal;
    // Every snapshot listens to it; that is no leak to be warned of.
    setMaxListeners(0, stop);
    this.settings = resolveMarketDataSettings(options);
    this.connection = connection;
    this.#link = new LinkWatch(connection);
    this.#modeSwitch = new ModeSwitch(connection);
    this.resolver = this.#makeResolver(options);
    this.liveness = this.#makeLiveness({ clock, onListenerError });
    this.#hours = new HoursKeeper({
      watching: this.liveness,
      clock,
      marketNow: () => connection.serverNow?.() ?? clock.now(),
      lookUp: (query) => this.resolver.resolve(query, stop),
    });
    this.finder = new ContractFinder({ clock, link: this.#link, resolver: this.resolver });
    const deps = { ...this.settings, connection, clock, link: this.#link, liveness: this.#hours, finder: this.finder, modeSwitch: this.#modeSwitch, onListenerError };
    this.lines = new LineRegistry(deps, budget);
    this.tickers = new Tickers({ ...deps, resolver: this.resolver, lines: this.lines });
    const resolve: QuoteLooksDeps['resolve'] = async (contract, { signal }) => {
      this.checkOpen();
      return this.resolver.resolve(contract, signal);
    };
    this.looks = new QuoteLooks({ ...deps, lines: this.lines, stop, resolve });
    this.ticks = new TickStreams({ ...deps, budget }, this.finder);
    const ownPacer = new HistoricalPacer({ clock });
    this.#ownPacer = options.pacer === undefined ? ownPacer : undefined;
    this.history = { ...deps, pacer: options.pacer ?? ownPacer };
    this.liveBars = new LiveBarStreams({ ...this.history, liveness: this.#hours }, this.finder);
    this.realTimeBars = new RealTimeBarStreams({ ...deps, pacer: this.history.pacer }, this.finder);
    this.tickBars = new TickBarStreams({ ...deps, ticks: this.ticks });
    this.chains = new OptionChains({ ...deps, lines: this.lines, hasBudget: budget !== undefined });
    this.books = new DepthBooks({ ...deps, budget });
    const asking = { ...deps, timeoutMs: this.settings.lookUpTimeoutMs, stop, checkOpen: () => { this.checkOpen(); } };
    this.news = new News({ ...asking, budget });
    this.scanner = new Scanner(asking);
  }

  /** Aborts when all of it ends. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** @throws MarketDataError `IBKR_MARKET_DATA_CLOSED` once it is closed. */
  checkOpen(): void {
    if (this.#stop.signal.aborted) throw closedError();
  }

  /** Aborts with the caller's signal, and when all of it ends. */
  untilClosed(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.stop : AbortSignal.any([this.stop, signal]);
  }

  /** Ends all of it. Resolves once the broker was told. */
  async close(): Promise<void> {
    this.#stop.abort(closedError());
    this.tickers.end();
    const contractsKept = this.resolver.close();
    this.liveness.close();
    this.#hours.close();
    this.#link.close();
    await this.chains.close();
    const streams = [this.ticks, this.liveBars, this.books, this.realTimeBars, this.tickBars, this.news, this.scanner, this.lines];
    await Promise.all([contractsKept, ...streams.map((part) => part.close())]);
    await this.#ownPacer?.close();
    await this.#modeSwitch.close();
  }

  #makeResolver({ connection, contractCache }: MarketDataOptions): ContractResolver {
    const { contractTtlMs, contractCapacity, lookUpTimeoutMs } = this.settings;
    return new ContractResolver({
      connection,
      ttlMs: contractTtlMs,
      capacity: contractCapacity,
      timeoutMs: lookUpTimeoutMs,
      store: contractCache === undefined ? undefined : contractStoreOf(contractCache, contractCapacity),
      onProblem: contractCache?.onProblem,
    });
  }

  #makeLiveness(how: { readonly clock: Clock; readonly onListenerError: MarketDataOptions['onListenerError'] }): LivenessDesk {
    const { quoteSilenceMs, tickSilenceMs, barSilenceMs, depthSilenceMs, mostSilenceMs, verifyMs, competingRetryMs } = this.settings;
    return new LivenessDesk({
      ...how,
      connection: this.connection,
      link: this.#link,
      silenceMs: { quotes: quoteSilenceMs, tickByTick: tickSilenceMs, bars: barSilenceMs, depth: depthSilenceMs },
      times: { mostPatienceMs: mostSilenceMs, verifyMs, recheckMs: competingRetryMs },
      look: (contract, mode, signal) => this.looks.snapshot(contract, { mode, signal, background: true }),
    });
  }
}

function closedError(): MarketDataError {
  return new MarketDataError({ code: 'IBKR_MARKET_DATA_CLOSED', message: 'The market data object was closed' });
}
