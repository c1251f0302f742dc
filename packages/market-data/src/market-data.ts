import { setMaxListeners } from 'node:events';
import type { Clock } from '@ibkit/clock';
import { MarketDataError } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import { RealTimeBarStreams } from './bars/real-time-bar-streams.js';
import type { RealTimeBarOptions } from './bars/real-time-bar-streams.js';
import type { RealTimeBar, RealTimeBarGap } from './bars/real-time-bars.js';
import { TickBarStreams } from './bars/tick-bar-streams.js';
import type { LiveTickBarsOptionsBy } from './bars/tick-bar-streams.js';
import type { TickBarItem } from './bars/tick-bar.js';
import type { MarketDataConnection } from './connection-port.js';
import { OptionChains } from './chains/option-chains.js';
import type { OptionChainOptions } from './chains/option-chain-options.js';
import type { OptionChainSnapshot } from './chains/option-chain-snapshot.js';
import type { OptionChainSubscription } from './chains/option-chain-subscription.js';
import { resolveBatch } from './contracts/contract-batch.js';
import type { ResolveAllOptions, ResolveOutcome } from './contracts/contract-batch.js';
import { contractStoreOf } from './contracts/contract-cache-option.js';
import type { ContractCacheSettings } from './contracts/contract-cache-option.js';
import { ContractFinder, contractKey } from './contracts/contract-finder.js';
import type { ContractLike } from './contracts/contract-finder.js';
import { ContractResolver } from './contracts/contract-resolver.js';
import { DepthBooks } from './depth/depth-books.js';
import type { DepthOptions } from './depth/depth-books.js';
import { askDepthExchanges } from './depth/depth-exchanges.js';
import type { DepthExchange } from './depth/depth-exchanges.js';
import type { DepthSubscription } from './depth/depth-subscription.js';
import { genericTickIds } from './quotes/generic-tick.js';
import type { GenericTick } from './quotes/generic-tick.js';
import { askHistogram, checkedPeriod } from './histogram/histogram.js';
import type { HistogramOptions, HistogramRow } from './histogram/histogram.js';
import { News } from './news/news.js';
import { Scanner } from './scanner/scanner.js';
import { askHeadTimestamp } from './history/head-timestamp.js';
import { openHistory } from './history/history.js';
import { estimateHistory } from './history/history-estimate.js';
import type { HistoryEstimate, HistoryEstimateOptions } from './history/history-estimate.js';
import type { HistoryOptions } from './history/history.js';
import type { HistoryDeps, HistoryPacing } from './history/history-request.js';
import { HISTORY_KINDS, checkedKind } from './history/history-range.js';
import type { HistoryKind } from './history/history-range.js';
import type { HistoryStream } from './history/history-stream.js';
import { LiveBarStreams } from './history/live-bar-streams.js';
import type { KeepUpToDateOptions } from './history/live-bar-streams.js';
import type { LiveBarGap, LiveBarItem } from './history/live-bars.js';
import { openHistoricalTicks } from './history/past-ticks.js';
import type { HistoricalTickGap, HistoricalTickKind, HistoricalTickOfKind, HistoricalTickStream, HistoricalTicksOptions } from './history/past-ticks.js';
import { decidedIn, noPriceError, provenPrice } from './quotes/latest-price.js';
import { LineRegistry, giveBack } from './quotes/line-registry.js';
import type { LineCounting } from './quotes/line-registry.js';
import { LivenessDesk } from './liveness/liveness-desk.js';
import type { MarketDataEvents } from './liveness/liveness-events.js';
import type { StreamHealth } from './liveness/watched-stream.js';
import { HoursKeeper } from './sessions/hours-keeper.js';
import { LinkWatch } from './streams/link-watch.js';
import { acceptedQuote } from './quotes/acceptance/accepted-quote.js';
import { checkedMode } from './quotes/market-data-mode.js';
import type { MarketDataMode } from './quotes/market-data-mode.js';
import { ModeSwitch } from './quotes/mode-switch.js';
import { checkDuration, resolveMarketDataSettings } from './options.js';
import type { MarketDataSettings, ResolvedMarketDataSettings } from './options.js';
import type { QuoteSnapshot } from './quotes/quote.js';
import { lineKey } from './contracts/resolved-contract.js';
import type { ResolvedContract } from './contracts/resolved-contract.js';
import { takeSnapshot } from './quotes/snapshot-request.js';
import type { SnapshotRequest } from './quotes/snapshot-request.js';
import type { GapTick, TickByTickKind, TickOfKind } from './ticks/tick-by-tick.js';
import type { TickStream } from './streams/tick-stream.js';
import { TickStreams } from './ticks/tick-streams.js';
import type { TickByTickOptions } from './ticks/tick-streams.js';
import { Ticker } from './quotes/ticker-subscription.js';
import type { TickerSubscription } from './quotes/ticker-subscription.js';

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

/** Options of {@link MarketData.subscribeTicker}. */
export interface SubscribeTickerOptions {
  /** Ticks that come only when asked for. @defaultValue none */
  readonly ticks?: readonly GenericTick[] | undefined;
  /** What the broker may send where live data is not to be had. Each quote says what it is. @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
  /** Ends the subscription quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link MarketData.snapshot}. */
export interface SnapshotOptions {
  /** @defaultValue the `snapshotTimeoutMs` of the object */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue 'live' */
  readonly mode?: MarketDataMode | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link MarketData.getLatestPrice}. */
export interface LatestPriceOptions extends SnapshotOptions {
  /** How long ago the price may have been received, in milliseconds. @defaultValue the `maxPriceAgeMs` of the object */
  readonly maxAgeMs?: number | undefined;
  /**
   * How long ago the last trade itself may have been, by the broker's time of it, in milliseconds: an older one is passed over for the middle of bid
   * and ask. @defaultValue any time: outside of trading hours the last trade is hours old
   */
  readonly maxTradeAgeMs?: number | undefined;
}

/** Market data over one connection: contracts, quotes, tick-by-tick, history. */
export class MarketData implements AsyncDisposable {
  /** Headlines, articles, live news and bulletins. */
  readonly news: News;
  /** Scans of the market. */
  readonly scanner: Scanner;
  readonly #connection: MarketDataConnection;
  readonly #clock: Clock;
  readonly #settings: ResolvedMarketDataSettings;
  readonly #onListenerError: ((error: unknown, type: string) => void) | undefined;
  readonly #link: LinkWatch;
  readonly #modeSwitch: ModeSwitch;
  readonly #liveness: LivenessDesk;
  readonly #hours: HoursKeeper;
  readonly #resolver: ContractResolver;
  readonly #finder: ContractFinder;
  readonly #lines: LineRegistry;
  readonly #tickers = new Map<Ticker, string>();
  readonly #streams: TickStreams;
  readonly #history: HistoryDeps;
  readonly #liveBars: LiveBarStreams;
  readonly #books: DepthBooks;
  readonly #realTimeBars: RealTimeBarStreams;
  readonly #tickBars: TickBarStreams;
  readonly #chains: OptionChains;
  readonly #ownPacer: HistoricalPacer | undefined;
  readonly #stop = new AbortController();
  #closed: Promise<void> | undefined;

  /** @throws {@link UsageError} for an option out of its range. */
  constructor(options: MarketDataOptions) {
    const { connection } = options;
    // Every snapshot listens to it; that is no leak to be warned of.
    setMaxListeners(0, this.#stop.signal);
    this.#settings = resolveMarketDataSettings(options);
    this.#connection = connection;
    this.#clock = options.clock ?? connection.clock;
    this.#onListenerError = options.onListenerError;
    this.#link = new LinkWatch(connection);
    this.#modeSwitch = new ModeSwitch(connection);
    const { contractTtlMs, contractCapacity, lookUpTimeoutMs } = this.#settings;
    const { contractCache } = options;
    this.#resolver = new ContractResolver({
      connection,
      ttlMs: contractTtlMs,
      capacity: contractCapacity,
      timeoutMs: lookUpTimeoutMs,
      store: contractCache === undefined ? undefined : contractStoreOf(contractCache, contractCapacity),
      onProblem: contractCache?.onProblem,
    });
    this.#liveness = this.#makeLiveness();
    this.#hours = new HoursKeeper({
      watching: this.#liveness,
      clock: this.#clock,
      marketNow: () => connection.serverNow?.() ?? this.#clock.now(),
      lookUp: (query) => this.#resolver.resolve(query, this.#stop.signal),
    });
    const deps = { ...this.#settings, connection, clock: this.#clock, link: this.#link, liveness: this.#hours };
    this.#finder = new ContractFinder({ clock: this.#clock, link: this.#link, resolver: this.#resolver });
    this.#lines = new LineRegistry({ ...deps, modeSwitch: this.#modeSwitch }, options.lineBudget);
    this.#streams = new TickStreams({ ...deps, budget: options.lineBudget }, this.#finder);
    const ownPacer = new HistoricalPacer({ clock: this.#clock });
    this.#ownPacer = options.pacer === undefined ? ownPacer : undefined;
    this.#history = { ...deps, pacer: options.pacer ?? ownPacer };
    this.#liveBars = new LiveBarStreams({ ...this.#history, liveness: this.#hours }, this.#finder);
    const hasBudget = options.lineBudget !== undefined;
    this.#chains = new OptionChains({ ...deps, finder: this.#finder, lines: this.#lines, hasBudget, onListenerError: options.onListenerError });
    this.#realTimeBars = new RealTimeBarStreams({ ...deps, pacer: this.#history.pacer }, this.#finder);
    this.#tickBars = new TickBarStreams({ ...deps, finder: this.#finder, ticks: this.#streams });
    const asking = { ...deps, timeoutMs: lookUpTimeoutMs, stop: this.#stop.signal, checkOpen: () => { this.#checkOpen(); } };
    this.news = new News({ ...asking, finder: this.#finder, budget: options.lineBudget });
    this.scanner = new Scanner({ ...asking, onListenerError: options.onListenerError });
    this.#books = new DepthBooks({ ...deps, finder: this.#finder, budget: options.lineBudget, onListenerError: options.onListenerError });
  }

  /** What happens to the streams as a whole: in doubt, recovered, alarms and their end. `watchMarketData` hands the alarms to sinks. */
  get events(): Pick<EventBus<MarketDataEvents>, 'on' | 'once' | 'stream'> {
    return this.#liveness.events;
  }

  /** How every open stream is doing: fresh, closed with its market, or stale, since when and why. */
  get streams(): readonly StreamHealth[] {
    return this.#liveness.streams;
  }

  /** Lines open at the broker, those without a reader that linger included. */
  get openLines(): number {
    return this.#lines.size;
  }

  /**
   * Finds the one contract that is meant. A bare symbol is the US stock; an OCC option symbol is that option; the name of a future (`ESZ6`,
   * `ES 202612`) is that future. Answers are kept for `contractTtlMs`; identical questions at the same time share one request.
   * @throws ContractError `IBKR_CONTRACT_AMBIGUOUS` with `details.candidates`, `IBKR_CONTRACT_NOT_FOUND` with
   *   `details.suggestions`, or `IBKR_CONTRACT_EXPIRED` unless `includeExpired` asks for the past; UsageError for a question that makes no sense; ConnectionError while not connected; TimeoutError;
   *   the signal's reason.
   */
  async resolve(query: ContractLike, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ResolvedContract> {
    this.#checkOpen();
    return this.#resolver.resolve(query, options.signal);
  }

  /**
   * Finds many contracts, a few at a time: one outcome per question, in their order, and what is wrong with one leaves the others. Waits for a
   * connection, and goes on over reconnects.
   * @throws UsageError for a concurrency out of its range; MarketDataError when this object is closed meanwhile; the signal's reason.
   */
  async resolveAll(queries: readonly ContractLike[], options: ResolveAllOptions = {}): Promise<readonly ResolveOutcome[]> {
    this.#checkOpen();
    const signal = options.signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, options.signal]);
    return resolveBatch(this.#finder, queries, { ...options, signal });
  }

  /**
   * Follows the quotes of a contract. All subscriptions to one contract share one line at the broker. While the connection is down
   * the subscription waits; it goes on over reconnects, with `stale` quotes and `gap` events in between. It sees nothing that its `mode` does not
   * accept, whatever others on the same line accept.
   * @throws {@link UsageError} for a contract, tick or mode that cannot be understood. Everything else ends the subscription: MarketDataError
   *   `IBKR_MARKET_DATA_NOT_SUBSCRIBED` and the like when the data is not subscribed to, or only delayed data comes that `mode` does not accept.
   */
  subscribeTicker(contract: ContractLike, options: SubscribeTickerOptions = {}): TickerSubscription {
    this.#checkOpen();
    const { signal } = options;
    const wants = { ticks: genericTickIds(options.ticks ?? []), mode: checkedMode(options.mode ?? 'live') };
    const key = contractKey(contract);
    const onAbort = (): void => {
      ticker.end(undefined);
    };
    const ticker = new Ticker({
      clock: this.#clock,
      onListenerError: this.#onListenerError,
      onEnded: (ended) => {
        this.#tickers.delete(ended);
        signal?.removeEventListener('abort', onAbort);
      },
    });
    this.#tickers.set(ticker, key);
    if (signal?.aborted === true) {
      ticker.end(undefined);
      return ticker;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#finder.find(contract, ticker.signal, {
      found: (resolved) => {
        ticker.opened(this.#lines.acquire(resolved, ticker, wants));
      },
      failed: (error) => {
        ticker.end(error);
      },
    });
    return ticker;
  }

  /**
   * Ends every subscription that `subscribeTicker` made for a contract, and gives its line up at once. Resolves once the broker was
   * told. Does nothing when there is none.
   * @throws {@link UsageError} for a contract that cannot be understood.
   */
  async unsubscribe(contract: ContractLike): Promise<void> {
    const key = contractKey(contract);
    const resolved = this.#resolver.peek(contract);
    for (const [ticker, askedFor] of [...this.#tickers]) {
      const same = resolved !== undefined && ticker.contract !== undefined && lineKey(resolved) === lineKey(ticker.contract);
      if (!same && askedFor !== key) continue;
      const line = ticker.contract === undefined ? undefined : this.#lines.find(ticker.contract);
      ticker.end(undefined);
      await line?.close();
    }
    if (resolved !== undefined) await this.#lines.find(resolved)?.close();
  }

  /**
   * Every trade, or every change of bid and ask, in the order of arrival, with every hole marked as a `gap` item at its place.
   * Each call is a stream of its own at the broker, which allows few: about 5 % of the lines of the account.
   * @throws {@link UsageError} for a contract, kind or capacity that cannot be understood. Everything else ends the stream with the error.
   */
  tickByTick<K extends TickByTickKind>(contract: ContractLike, kind: K, options: TickByTickOptions = {}): TickStream<TickOfKind[K] | GapTick> {
    this.#checkOpen();
    return this.#streams.open(contract, kind, options);
  }

  /**
   * Bars of five seconds as they are over, with a `gap` item at each place where some are missing, which says how many. Paced like small bars of
   * the past, asked for again when they end (10182, 10225), with the session, or in silence.
   * @throws {@link UsageError} for a contract or a kind that cannot be understood. Everything else ends the stream with the error.
   */
  realTimeBars(contract: ContractLike, options: RealTimeBarOptions = {}): TickStream<RealTimeBar | RealTimeBarGap> {
    this.#checkOpen();
    return this.#realTimeBars.open(contract, options);
  }

  /**
   * Bars made here from every trade of a tick-by-tick stream: by time, by number of trades, or by volume. A bar that a hole touches, or that
   * began before the stream, says `complete: false`. Bars of time agree with those of the history service.
   * @throws {@link UsageError} for a contract, size or policy that cannot be understood. Everything else ends the stream with the error.
   */
  bars(contract: ContractLike, options: LiveTickBarsOptionsBy): TickStream<TickBarItem> {
    this.#checkOpen();
    return this.#tickBars.open(contract, options);
  }

  /**
   * Follows the order book of a contract. Subscriptions to the same book share one at the broker, which allows few: most users may have three
   * (309). The book is emptied and `stale` whenever it may be wrong: after a break, when the broker says so (316, 317), and when a change does
   * not fit, which makes it be asked for again.
   * @throws {@link UsageError} for a contract or a number of rows that cannot be understood. Everything else ends the subscription.
   */
  depth(contract: ContractLike, options: DepthOptions = {}): DepthSubscription {
    this.#checkOpen();
    return this.#books.open(contract, options);
  }

  /** Which exchanges show their order books. @throws ConnectionError while not connected; TimeoutError; the signal's reason. */
  async depthExchanges(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly DepthExchange[]> {
    this.#checkOpen();
    return askDepthExchanges(this.#connection, { timeoutMs: this.#settings.lookUpTimeoutMs, signal: this.#untilClosed(options.signal) });
  }

  /**
   * Follows the options on an underlying: those of the wanted expiries and strikes, or of a window around the price. Where there are more contracts
   * than lines, they take turns, the ones near the money first; each row says when it was read and whether it is watched now. While the connection
   * is down the chain waits; it goes on over reconnects, with stale rows and `gap` events in between.
   * @param underlying a stock, an index, or one month of a future
   * @throws {@link UsageError} for a contract or an option that cannot be understood. Everything else ends the subscription: ContractError
   *   `IBKR_CHAIN_NO_OPTIONS`, `IBKR_CHAIN_NOT_LISTED`, `IBKR_CHAIN_EXPIRED`, `IBKR_CHAIN_AMBIGUOUS` with `details.candidates`, `IBKR_CHAIN_EMPTY`;
   *   MarketDataError `IBKR_CHAIN_NO_PRICE`, `IBKR_CHAIN_NO_PERMISSION`; the errors of {@link MarketData.resolve}.
   */
  subscribeOptionChain(underlying: ContractLike, options: OptionChainOptions = {}): OptionChainSubscription {
    this.#checkOpen();
    return this.#chains.subscribe(underlying, options);
  }

  /**
   * Reads the options on an underlying once, each until bid, ask and Greeks are there. The result is partial, with a reason and what is missing,
   * when the time is up before that or some contract has no more.
   * @throws the errors of {@link MarketData.subscribeOptionChain}; ConnectionError while not connected; TimeoutError when not even the underlying
   *   was found in time; the signal's reason.
   */
  async optionChain(underlying: ContractLike, options: OptionChainOptions = {}): Promise<OptionChainSnapshot> {
    this.#checkOpen();
    return this.#chains.read(underlying, options, this.#stop.signal);
  }

  /**
   * The bars of a range of any length, oldest first, each once. The range is split by the rules of TWS and paced by those of the broker; the
   * stream waits out reconnects, asks again what was not answered, and tells progress, gaps and retries as events. Nothing is sent before the
   * first `next`.
   * @throws {@link UsageError} for a contract, time, size or kind that cannot be understood. Everything else ends the stream with the error:
   *   HistoricalDataError `IBKR_HISTORICAL_UNANSWERED`, the errors of {@link MarketData.resolve} and of the broker, the signal's reason.
   */
  history(contract: ContractLike, options: HistoryOptions): HistoryStream {
    this.#checkOpen();
    return openHistory(this.#history, this.#finder, { contract, options, stop: this.#stop.signal });
  }

  /**
   * What a range of bars would cost: how many requests, and how long by the broker's pacing rules. Only the contract is looked up.
   * @throws UsageError for a contract, time, size or kind that cannot be understood; the errors of {@link MarketData.resolve}.
   */
  async historyPlan(contract: ContractLike, options: HistoryEstimateOptions): Promise<HistoryEstimate> {
    this.#checkOpen();
    return estimateHistory(this.#history, { contract, options, find: () => this.resolve(contract, options) });
  }

  /**
   * Bars up to now, then every change of the last one and each new one (TWS: about every 5 seconds). When the stream dies, by the broker's word
   * (10182), with the session or in silence, it is asked for again from its last bar on, with a `gap` item at the place.
   * @throws {@link UsageError} for a contract, size, kind or time that cannot be understood. Everything else ends the stream with the error.
   */
  keepUpToDate(contract: ContractLike, options: KeepUpToDateOptions): TickStream<LiveBarItem | LiveBarGap> {
    this.#checkOpen();
    return this.#liveBars.open(contract, options);
  }

  /**
   * Every tick of a range of the past, oldest first, each once, in pages of 1,000. The broker paces them like small bars: 60 pages in ten
   * minutes, `BID_ASK` half of that. Nothing is sent before the first `next`.
   * @throws {@link UsageError} for a contract, kind or time that cannot be understood. Everything else ends the stream with the error.
   */
  historicalTicks<K extends HistoricalTickKind>(contract: ContractLike, options: HistoricalTicksOptions<K>): HistoricalTickStream<HistoricalTickOfKind[K] | HistoricalTickGap> {
    this.#checkOpen();
    return openHistoricalTicks(this.#history, this.#finder, { contract, options, stop: this.#stop.signal });
  }

  /**
   * Since when the broker has data of a kind, epoch milliseconds UTC; `undefined` when it says that it has none.
   * @throws UsageError for an unknown kind; the errors of {@link MarketData.resolve} and of the broker; HistoricalDataError
   *   `IBKR_HISTORICAL_UNANSWERED`; the signal's reason.
   */
  async headTimestamp(contract: ContractLike, what: HistoryKind = 'TRADES', options: { readonly useRth?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<number | undefined> {
    const kind = checkedKind('what', what, HISTORY_KINDS);
    const resolved = await this.resolve(contract, options);
    return askHeadTimestamp(this.#history, { contract: resolved, what: kind, useRth: options.useRth ?? false, signal: this.#untilClosed(options.signal) });
  }

  /**
   * How much was traded at which price within a period back from now, lowest price first; empty when nothing was.
   * @throws UsageError for a period that cannot be understood; the errors of {@link MarketData.resolve} and of the broker; HistoricalDataError
   *   `IBKR_HISTORICAL_UNANSWERED`; the signal's reason.
   */
  async histogram(contract: ContractLike, options: HistogramOptions): Promise<readonly HistogramRow[]> {
    this.#checkOpen();
    const period = checkedPeriod(options.period);
    const resolved = await this.resolve(contract, options);
    return askHistogram(this.#history, { contract: resolved, period, useRth: options.useRth ?? false, signal: this.#untilClosed(options.signal) });
  }

  /**
   * Looks at a contract once. The result starts empty and holds only what was received for this call; `complete` says whether the
   * broker finished within `timeoutMs`, otherwise the result is what came until then. It is `stale` when the gateway had no link to
   * the broker meanwhile.
   * @throws MarketDataError when the data is not subscribed to, and when there is only delayed data and `mode` does not accept it; the errors of
   *   {@link MarketData.resolve}; the signal's reason.
   */
  async snapshot(contract: ContractLike, options: SnapshotOptions = {}): Promise<QuoteSnapshot> {
    return this.#look(contract, options, undefined);
  }

  /**
   * The price of a contract right now: its last trade, else the middle of bid and ask, received during the call or at most `maxAgeMs` before it, and
   * of the kind that `mode` allows. An open line answers at once when it can; otherwise the broker is asked.
   * @throws MarketDataError `IBKR_MARKET_DATA_NO_PRICE` when the broker has no price, `IBKR_MARKET_DATA_STALE` while the gateway has no link to the
   *   broker; the errors of {@link MarketData.snapshot}.
   */
  async getLatestPrice(contract: ContractLike, options: LatestPriceOptions = {}): Promise<number> {
    this.#checkOpen();
    const mode = checkedMode(options.mode ?? 'live');
    const rule = {
      maxAgeMs: checkDuration('maxAgeMs', options.maxAgeMs ?? this.#settings.maxPriceAgeMs, 0),
      trade: options.maxTradeAgeMs === undefined ? undefined : { maxAgeMs: checkDuration('maxTradeAgeMs', options.maxTradeAgeMs, 0), now: () => this.#connection.serverNow?.() ?? this.#clock.now() },
    };
    const resolved = await this.resolve(contract, options);
    const open = this.#lines.find(resolved)?.quote;
    const accepted = open === undefined ? undefined : acceptedQuote(open, mode);
    const price = accepted === undefined ? undefined : provenPrice(accepted, rule, this.#clock.now());
    if (price !== undefined) return price;
    // Everything in a snapshot was received for this call: its age is no question.
    const fresh = { ...rule, maxAgeMs: Number.POSITIVE_INFINITY };
    const seen = await this.#look(resolved, options, (quote) => decidedIn(quote, fresh));
    const seenPrice = provenPrice(seen, fresh, this.#clock.now());
    if (seenPrice === undefined) throw noPriceError(seen);
    return seenPrice;
  }

  /** Ends everything that this object started. The connection stays open. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#stop.abort(closedError());
    for (const ticker of [...this.#tickers.keys()]) ticker.end(undefined);
    const contractsKept = this.#resolver.close();
    this.#liveness.close();
    this.#hours.close();
    this.#link.close();
    await this.#chains.close();
    await Promise.all([contractsKept, this.#streams.close(), this.#liveBars.close(), this.#books.close(), this.#realTimeBars.close(), this.#tickBars.close(), this.news.close(), this.scanner.close(), this.#lines.close()]);
    await this.#ownPacer?.close();
    await this.#modeSwitch.close();
  }

  #makeLiveness(): LivenessDesk {
    const { quoteSilenceMs, tickSilenceMs, barSilenceMs, depthSilenceMs, mostSilenceMs, verifyMs, competingRetryMs } = this.#settings;
    return new LivenessDesk({
      connection: this.#connection,
      clock: this.#clock,
      link: this.#link,
      silenceMs: { quotes: quoteSilenceMs, tickByTick: tickSilenceMs, bars: barSilenceMs, depth: depthSilenceMs },
      times: { mostPatienceMs: mostSilenceMs, verifyMs, recheckMs: competingRetryMs },
      look: (contract, mode, signal) => this.#look(contract, { mode, signal, background: true }, undefined),
      onListenerError: this.#onListenerError,
    });
  }

  async #look(contract: ContractLike, options: SnapshotOptions & { readonly background?: boolean }, enough: SnapshotRequest['enough']): Promise<QuoteSnapshot> {
    this.#checkOpen();
    const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? this.#settings.snapshotTimeoutMs, 1);
    const mode = checkedMode(options.mode ?? 'live');
    const resolved = await this.resolve(contract, options);
    const { background = false } = options;
    const startedAtMs = this.#clock.monotonic();
    const place = { key: lineKey(resolved), priority: background ? 'background' : 'normal' } as const;
    const signals = options.signal === undefined ? [this.#stop.signal] : [this.#stop.signal, options.signal];
    const lease = await this.#lines.lend(place, { waitMs: background ? 0 : timeoutMs, signals });
    const release = this.#modeSwitch.want(mode);
    try {
      const reasonBefore = this.#link.reason;
      const leftMs = Math.max(1, timeoutMs - (this.#clock.monotonic() - startedAtMs));
      const seen = await takeSnapshot(this.#connection, { contract: resolved, accepts: mode, timeoutMs: leftMs, now: () => this.#clock.now(), signals, enough });
      // Without its link the gateway answers from memory.
      const reason = reasonBefore ?? this.#link.reason;
      return reason === undefined ? seen : Object.freeze({ ...seen, stale: true, staleReason: reason });
    } catch (error) {
      giveBack(lease, error);
      throw error;
    } finally {
      lease?.release();
      release();
    }
  }

  /** Aborts with the caller's signal, and when this object is closed. */
  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal]);
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

function closedError(): MarketDataError {
  return new MarketDataError({ code: 'IBKR_MARKET_DATA_CLOSED', message: 'The market data object was closed' });
}
