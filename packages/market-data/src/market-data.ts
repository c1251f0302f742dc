import type { EventBus } from '@ibkit/event-bus';
import type { RealTimeBarOptions } from './bars/real-time-bar-streams.js';
import type { RealTimeBar, RealTimeBarGap } from './bars/real-time-bars.js';
import type { LiveTickBarsOptionsBy } from './bars/tick-bar-streams.js';
import type { TickBarItem } from './bars/tick-bar.js';
import type { OptionChainOptions } from './chains/option-chain-options.js';
import type { OptionChainSnapshot } from './chains/option-chain-snapshot.js';
import type { OptionChainSubscription } from './chains/option-chain-subscription.js';
import { resolveBatch } from './contracts/contract-batch.js';
import type { ResolveAllOptions, ResolveOutcome } from './contracts/contract-batch.js';
import type { ContractLike } from './contracts/contract-finder.js';
import type { ResolvedContract } from './contracts/resolved-contract.js';
import type { DepthOptions } from './depth/depth-books.js';
import { askDepthExchanges } from './depth/depth-exchanges.js';
import type { DepthExchange } from './depth/depth-exchanges.js';
import type { DepthSubscription } from './depth/depth-subscription.js';
import { askHistogram, checkedPeriod } from './histogram/histogram.js';
import type { HistogramOptions, HistogramRow } from './histogram/histogram.js';
import { askHeadTimestamp } from './history/head-timestamp.js';
import { estimateHistory } from './history/history-estimate.js';
import type { HistoryEstimate, HistoryEstimateOptions } from './history/history-estimate.js';
import { HISTORY_KINDS, checkedKind } from './history/history-range.js';
import type { HistoryKind } from './history/history-range.js';
import type { HistoryStream } from './history/history-stream.js';
import { openHistory } from './history/history.js';
import type { HistoryOptions } from './history/history.js';
import type { KeepUpToDateOptions } from './history/live-bar-streams.js';
import type { LiveBarGap, LiveBarItem } from './history/live-bars.js';
import { openHistoricalTicks } from './history/past-ticks.js';
import type { HistoricalTickGap, HistoricalTickKind, HistoricalTickOfKind, HistoricalTickStream, HistoricalTicksOptions } from './history/past-ticks.js';
import type { MarketDataEvents } from './liveness/liveness-events.js';
import type { StreamHealth } from './liveness/watched-stream.js';
import { MarketDataParts } from './market-data-parts.js';
import type { MarketDataOptions } from './market-data-parts.js';
import type { News } from './news/news.js';
import type { LatestPriceOptions, SnapshotOptions } from './quotes/quote-looks.js';
import type { QuoteSnapshot } from './quotes/quote.js';
import type { TickerSubscription } from './quotes/ticker-subscription.js';
import type { SubscribeTickerOptions } from './quotes/tickers.js';
import type { Scanner } from './scanner/scanner.js';
import type { TickStream } from './streams/tick-stream.js';
import type { GapTick, TickByTickKind, TickOfKind } from './ticks/tick-by-tick.js';
import type { TickByTickOptions } from './ticks/tick-streams.js';

/** Market data over one connection: contracts, quotes, tick-by-tick, history. */
export class MarketData implements AsyncDisposable {
  /** Headlines, articles, live news and bulletins. */
  readonly news: News;
  /** Scans of the market. */
  readonly scanner: Scanner;
  readonly #parts: MarketDataParts;
  #closed: Promise<void> | undefined;

  /** @throws {@link UsageError} for an option out of its range. */
  constructor(options: MarketDataOptions) {
    this.#parts = new MarketDataParts(options);
    this.news = this.#parts.news;
    this.scanner = this.#parts.scanner;
  }

  /** What happens to the streams as a whole: in doubt, recovered, alarms and their end. `watchMarketData` hands the alarms to sinks. */
  get events(): Pick<EventBus<MarketDataEvents>, 'on' | 'once' | 'stream'> {
    return this.#parts.liveness.events;
  }

  /** How every open stream is doing: fresh, closed with its market, or stale, since when and why. */
  get streams(): readonly StreamHealth[] {
    return this.#parts.liveness.streams;
  }

  /** Lines open at the broker, those without a reader that linger included. */
  get openLines(): number {
    return this.#parts.lines.size;
  }

  /**
   * Finds the one contract that is meant. A bare symbol is the US stock; an OCC option symbol is that option; the name of a future (`ESZ6`,
   * `ES 202612`) is that future. Answers are kept for `contractTtlMs`; identical questions at the same time share one request.
   * @throws ContractError `IBKR_CONTRACT_AMBIGUOUS` with `details.candidates`, `IBKR_CONTRACT_NOT_FOUND` with
   *   `details.suggestions`, or `IBKR_CONTRACT_EXPIRED` unless `includeExpired` asks for the past; UsageError for a question that makes no sense; ConnectionError while not connected; TimeoutError;
   *   the signal's reason.
   */
  async resolve(query: ContractLike, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ResolvedContract> {
    return this.#open.resolver.resolve(query, options.signal);
  }

  /**
   * Finds many contracts, a few at a time: one outcome per question, in their order, and what is wrong with one leaves the others. Waits for a
   * connection, and goes on over reconnects.
   * @throws UsageError for a concurrency out of its range; MarketDataError when this object is closed meanwhile; the signal's reason.
   */
  async resolveAll(queries: readonly ContractLike[], options: ResolveAllOptions = {}): Promise<readonly ResolveOutcome[]> {
    const { finder } = this.#open;
    return resolveBatch(finder, queries, { ...options, signal: this.#parts.untilClosed(options.signal) });
  }

  /**
   * Follows the quotes of a contract. All subscriptions to one contract share one line at the broker. While the connection is down
   * the subscription waits; it goes on over reconnects, with `stale` quotes and `gap` events in between. It sees nothing that its `mode` does not
   * accept, whatever others on the same line accept.
   * @throws {@link UsageError} for a contract, tick or mode that cannot be understood. Everything else ends the subscription: MarketDataError
   *   `IBKR_MARKET_DATA_NOT_SUBSCRIBED` and the like when the data is not subscribed to, or only delayed data comes that `mode` does not accept.
   */
  subscribeTicker(contract: ContractLike, options: SubscribeTickerOptions = {}): TickerSubscription {
    return this.#open.tickers.subscribe(contract, options);
  }

  /**
   * Ends every subscription that `subscribeTicker` made for a contract, and gives its line up at once. Resolves once the broker was
   * told. Does nothing when there is none.
   * @throws {@link UsageError} for a contract that cannot be understood.
   */
  async unsubscribe(contract: ContractLike): Promise<void> {
    await this.#parts.tickers.unsubscribe(contract);
  }

  /**
   * Every trade, or every change of bid and ask, in the order of arrival, with every hole marked as a `gap` item at its place.
   * Each call is a stream of its own at the broker, which allows few: about 5 % of the lines of the account.
   * @throws {@link UsageError} for a contract, kind or capacity that cannot be understood. Everything else ends the stream with the error.
   */
  tickByTick<K extends TickByTickKind>(contract: ContractLike, kind: K, options: TickByTickOptions = {}): TickStream<TickOfKind[K] | GapTick> {
    return this.#open.ticks.open(contract, kind, options);
  }

  /**
   * Bars of five seconds as they are over, with a `gap` item at each place where some are missing, which says how many. Paced like small bars of
   * the past, asked for again when they end (10182, 10225), with the session, or in silence.
   * @throws {@link UsageError} for a contract or a kind that cannot be understood. Everything else ends the stream with the error.
   */
  realTimeBars(contract: ContractLike, options: RealTimeBarOptions = {}): TickStream<RealTimeBar | RealTimeBarGap> {
    return this.#open.realTimeBars.open(contract, options);
  }

  /**
   * Bars made here from every trade of a tick-by-tick stream: by time, by number of trades, or by volume. A bar that a hole touches, or that
   * began before the stream, says `complete: false`. Bars of time agree with those of the history service.
   * @throws {@link UsageError} for a contract, size or policy that cannot be understood. Everything else ends the stream with the error.
   */
  bars(contract: ContractLike, options: LiveTickBarsOptionsBy): TickStream<TickBarItem> {
    return this.#open.tickBars.open(contract, options);
  }

  /**
   * Follows the order book of a contract. Subscriptions to the same book share one at the broker, which allows few: most users may have three
   * (309). The book is emptied and `stale` whenever it may be wrong: after a break, when the broker says so (316, 317), and when a change does
   * not fit, which makes it be asked for again.
   * @throws {@link UsageError} for a contract or a number of rows that cannot be understood. Everything else ends the subscription.
   */
  depth(contract: ContractLike, options: DepthOptions = {}): DepthSubscription {
    return this.#open.books.open(contract, options);
  }

  /** Which exchanges show their order books. @throws ConnectionError while not connected; TimeoutError; the signal's reason. */
  async depthExchanges(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly DepthExchange[]> {
    const { connection, settings } = this.#open;
    return askDepthExchanges(connection, { timeoutMs: settings.lookUpTimeoutMs, signal: this.#parts.untilClosed(options.signal) });
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
    return this.#open.chains.subscribe(underlying, options);
  }

  /**
   * Reads the options on an underlying once, each until bid, ask and Greeks are there. The result is partial, with a reason and what is missing,
   * when the time is up before that or some contract has no more.
   * @throws the errors of {@link MarketData.subscribeOptionChain}; ConnectionError while not connected; TimeoutError when not even the underlying
   *   was found in time; the signal's reason.
   */
  async optionChain(underlying: ContractLike, options: OptionChainOptions = {}): Promise<OptionChainSnapshot> {
    return this.#open.chains.read(underlying, options, this.#parts.stop);
  }

  /**
   * The bars of a range of any length, oldest first, each once. The range is split by the rules of TWS and paced by those of the broker; the
   * stream waits out reconnects, asks again what was not answered, and tells progress, gaps and retries as events. Nothing is sent before the
   * first `next`.
   * @throws {@link UsageError} for a contract, time, size or kind that cannot be understood. Everything else ends the stream with the error:
   *   HistoricalDataError `IBKR_HISTORICAL_UNANSWERED`, the errors of {@link MarketData.resolve} and of the broker, the signal's reason.
   */
  history(contract: ContractLike, options: HistoryOptions): HistoryStream {
    const { history, finder, stop } = this.#open;
    return openHistory(history, finder, { contract, options, stop });
  }

  /**
   * What a range of bars would cost: how many requests, and how long by the broker's pacing rules. Only the contract is looked up.
   * @throws UsageError for a contract, time, size or kind that cannot be understood; the errors of {@link MarketData.resolve}.
   */
  async historyPlan(contract: ContractLike, options: HistoryEstimateOptions): Promise<HistoryEstimate> {
    return estimateHistory(this.#open.history, { contract, options, find: () => this.resolve(contract, options) });
  }

  /**
   * Bars up to now, then every change of the last one and each new one (TWS: about every 5 seconds). When the stream dies, by the broker's word
   * (10182), with the session or in silence, it is asked for again from its last bar on, with a `gap` item at the place.
   * @throws {@link UsageError} for a contract, size, kind or time that cannot be understood. Everything else ends the stream with the error.
   */
  keepUpToDate(contract: ContractLike, options: KeepUpToDateOptions): TickStream<LiveBarItem | LiveBarGap> {
    return this.#open.liveBars.open(contract, options);
  }

  /**
   * Every tick of a range of the past, oldest first, each once, in pages of 1,000. The broker paces them like small bars: 60 pages in ten
   * minutes, `BID_ASK` half of that. Nothing is sent before the first `next`.
   * @throws {@link UsageError} for a contract, kind or time that cannot be understood. Everything else ends the stream with the error.
   */
  historicalTicks<K extends HistoricalTickKind>(contract: ContractLike, options: HistoricalTicksOptions<K>): HistoricalTickStream<HistoricalTickOfKind[K] | HistoricalTickGap> {
    const { history, finder, stop } = this.#open;
    return openHistoricalTicks(history, finder, { contract, options, stop });
  }

  /**
   * Since when the broker has data of a kind, epoch milliseconds UTC; `undefined` when it says that it has none.
   * @throws UsageError for an unknown kind; the errors of {@link MarketData.resolve} and of the broker; HistoricalDataError
   *   `IBKR_HISTORICAL_UNANSWERED`; the signal's reason.
   */
  async headTimestamp(contract: ContractLike, what: HistoryKind = 'TRADES', options: { readonly useRth?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<number | undefined> {
    const kind = checkedKind('what', what, HISTORY_KINDS);
    const resolved = await this.resolve(contract, options);
    return askHeadTimestamp(this.#parts.history, { contract: resolved, what: kind, useRth: options.useRth ?? false, signal: this.#parts.untilClosed(options.signal) });
  }

  /**
   * How much was traded at which price within a period back from now, lowest price first; empty when nothing was.
   * @throws UsageError for a period that cannot be understood; the errors of {@link MarketData.resolve} and of the broker; HistoricalDataError
   *   `IBKR_HISTORICAL_UNANSWERED`; the signal's reason.
   */
  async histogram(contract: ContractLike, options: HistogramOptions): Promise<readonly HistogramRow[]> {
    const period = checkedPeriod(options.period);
    const resolved = await this.resolve(contract, options);
    return askHistogram(this.#parts.history, { contract: resolved, period, useRth: options.useRth ?? false, signal: this.#parts.untilClosed(options.signal) });
  }

  /**
   * Looks at a contract once. The result starts empty and holds only what was received for this call; `complete` says whether the
   * broker finished within `timeoutMs`, otherwise the result is what came until then. It is `stale` when the gateway had no link to
   * the broker meanwhile.
   * @throws MarketDataError when the data is not subscribed to, and when there is only delayed data and `mode` does not accept it; the errors of
   *   {@link MarketData.resolve}; the signal's reason.
   */
  async snapshot(contract: ContractLike, options: SnapshotOptions = {}): Promise<QuoteSnapshot> {
    return this.#open.looks.snapshot(contract, options);
  }

  /**
   * The price of a contract right now: its last trade, else the middle of bid and ask, received during the call or at most `maxAgeMs` before it, and
   * of the kind that `mode` allows. An open line answers at once when it can; otherwise the broker is asked.
   * @throws MarketDataError `IBKR_MARKET_DATA_NO_PRICE` when the broker has no price, `IBKR_MARKET_DATA_STALE` while the gateway has no link to the
   *   broker; the errors of {@link MarketData.snapshot}.
   */
  async getLatestPrice(contract: ContractLike, options: LatestPriceOptions = {}): Promise<number> {
    return this.#open.looks.latestPrice(contract, options);
  }

  /** Ends everything that this object started. The connection stays open. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#parts.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The parts, while they may be used. */
  get #open(): MarketDataParts {
    this.#parts.checkOpen();
    return this.#parts;
  }
}
