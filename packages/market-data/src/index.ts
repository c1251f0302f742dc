export type {
  BrokerNoticeMessage,
  ConnectionFact,
  ConnectionFactEvent,
  DataGap,
  LinkLayer,
  MarketDataConnection,
  MarketDataReply,
  MarketDataRequest,
  MarketDataSubscriptionSpec,
  MarketDataUpstream,
} from './connection-port.js';
export type { LeftOutOptions, MissingExpiry, MissingOption, OptionChainPartial, OptionChainProgress, PartialReason } from './chains/chain-report.js';
export type { OptionChainRecentre } from './chains/chain-job.js';
export { leastChainMessages, leastChainTimeMs } from './chains/least-time.js';
export type { LeastTimeInput } from './chains/least-time.js';
export type { DayRange, LocalGreeksOptions, NumberRange, OptionChainOptions, OptionWindow } from './chains/option-chain-options.js';
export type { OptionChainSnapshot } from './chains/option-chain-snapshot.js';
export type { OptionChainEvents, OptionChainGap, OptionChainSubscription, OptionChainUpdate } from './chains/option-chain-subscription.js';
export type { OptionClass } from './chains/option-class.js';
export type { IncompleteReason, NoLocalGreeks, OptionChainRow, OptionRowGreeks, OptionRowPart } from './chains/option-row.js';
export type { ChainUnderlying, UnderlyingPriceSource } from './chains/underlying-watch.js';
export type { BarSpan, SessionFinder } from './bars/bar-grid.js';
export type { BarPolicy } from './bars/bar-policy.js';
export { tickBars, timeBars, volumeBars } from './bars/bars-of.js';
export type { BarSource, TickBarsOptions, TimeBarsOptions, VolumeBarsOptions } from './bars/bars-of.js';
export type { RealTimeBarOptions } from './bars/real-time-bar-streams.js';
export type { RealTimeBar, RealTimeBarGap, RealTimeBarKind } from './bars/real-time-bars.js';
export type { LiveTickBarsCommon, LiveTickBarsOptionsBy, LiveTimeBarsOptions, LiveTradeCountBarsOptions, LiveVolumeBarsOptions } from './bars/tick-bar-streams.js';
export type { BarEnding, BarFlaw, BarInput, BarInputGap, BarTrade, TickBar, TickBarGap, TickBarItem } from './bars/tick-bar.js';
export type { ContractCandidate, ContractSuggestion } from './contracts/contract-error.js';
export type { ResolveAllOptions, ResolveOutcome, ResolveProgress } from './contracts/contract-batch.js';
export type { ContractCacheSettings } from './contracts/contract-cache-option.js';
export type { ContractLike } from './contracts/contract-finder.js';
export type { ContractStore, StoredContract } from './contracts/contract-store.js';
export { parseFuturesCode } from './contracts/futures-code.js';
export type { FuturesCode } from './contracts/futures-code.js';
export { SEC_TYPES, isSecType } from './contracts/contract-query.js';
export type { ContractQuery, OptionRight, SecType } from './contracts/contract-query.js';
export type { DepthOptions } from './depth/depth-books.js';
export type { DepthBook } from './depth/depth-book.js';
export type { DepthExchange, SmartDepthExchanges } from './depth/depth-exchanges.js';
export type { DepthFault, DepthReset } from './depth/depth-line.js';
export type { DepthEvents, DepthSubscription } from './depth/depth-subscription.js';
export type { BookChange, BookFault, DepthLevel, DepthOperation, DepthSide } from './depth/order-book.js';
export type { LatestValues, WaitForValueOptions } from './streams/latest-value.js';
export { GENERIC_TICKS, GENERIC_TICK_FACTS } from './quotes/generic-tick.js';
export type { GenericTick, GenericTickFacts, GenericTickName } from './quotes/generic-tick.js';
export type { Dividends, FundamentalRatios, TradeSummary } from './quotes/tick-texts.js';
export { BAR_SIZES } from './history/bar-size.js';
export type { BarSize } from './history/bar-size.js';
export type { HistoryBar } from './history/history-bar.js';
export type { HistoryCursor } from './history/history-cursor.js';
export { parseTwsTime } from './history/history-dates.js';
export type { TwsTime, TwsTimeContext } from './history/history-dates.js';
export type { HistoryEstimate, HistoryEstimateOptions } from './history/history-estimate.js';
export type { HistoryGap } from './history/history-gap.js';
export type { HistoryKind, HistoryTime } from './history/history-range.js';
export type { HistoryPacing, HistoryRetry } from './history/history-request.js';
export type { HistoryEvents, HistoryProgress, HistoryStream } from './history/history-stream.js';
export type { HistoryOptions } from './history/history.js';
export type { KeepUpToDateOptions } from './history/live-bar-streams.js';
export type { LiveBarGap, LiveBarItem, LiveBarKind } from './history/live-bars.js';
export type {
  HistoricalBidAsk,
  HistoricalMidPoint,
  HistoricalTickGap,
  HistoricalTickKind,
  HistoricalTickOfKind,
  HistoricalTickStream,
  HistoricalTicksOptions,
  HistoricalTrade,
} from './history/past-ticks.js';
export { greeks, optionPrice } from './greeks/greeks.js';
export type { OptionGreeks, PricedOption } from './greeks/greeks.js';
export { greeksOfChain } from './greeks/greeks-of-chain.js';
export type { ChainGreeks, ChainRow } from './greeks/greeks-of-chain.js';
export { impliedVolatility } from './greeks/implied-volatility.js';
export type { ImpliedVolatilityFailure, ImpliedVolatilityResult, QuotedOption } from './greeks/implied-volatility.js';
export type { DividendPayment, OptionContract, OptionMarket, OptionStyle, OptionTerms, UnderlyingKind } from './greeks/option-terms.js';
export type { HistogramOptions, HistogramRow } from './histogram/histogram.js';
export type { NewsGap } from './news/live-news.js';
export type { NewsBulletin } from './news/news-bulletins.js';
export type { NewsHeadlineStream, NewsHeadlinesOptions } from './news/news-headlines.js';
export type { NewsArticle, NewsHeadline, NewsProvider } from './news/news-item.js';
export type { LiveNewsStreamOptions, News, NewsStreamOptions } from './news/news.js';
export type { ScanContract, ScanOptions, ScanRow } from './scanner/scan-request.js';
export type { ScanEvents, ScanResult, ScanSubscription } from './scanner/scan-subscription.js';
export { ScannerParameters } from './scanner/scanner-parameters.js';
export type { ScanCode, ScanFilter, ScanInstrument, ScanLocation } from './scanner/scanner-parameters.js';
export type { ScanOnceOptions, Scanner, WatchScanOptions } from './scanner/scanner.js';
export type { LineCounting } from './quotes/line-registry.js';
export { LiveDataFeed } from './quotes/live-data-feed.js';
export type { FeedConnectOptions, FeedConnection, FeedSettings, LiveDataFeedOptions } from './quotes/live-data-feed.js';
export type { MarketDataEvents, StreamAlarm, StreamAlarmOver, StreamIdentity, StreamRecovered, StreamStale } from './liveness/liveness-events.js';
export type { SilenceCause, StreamAlarmCode } from './liveness/silence-cause.js';
export { watchMarketData } from './liveness/watch-market-data.js';
export type { StreamAlarmDesk, WatchMarketDataOptions } from './liveness/watch-market-data.js';
export type { StreamHealth, StreamKind } from './liveness/watched-stream.js';
export { MarketData } from './market-data.js';
export type { MarketDataOptions } from './market-data-parts.js';
export type { LatestPriceOptions, SnapshotOptions } from './quotes/quote-looks.js';
export type { SubscribeTickerOptions } from './quotes/tickers.js';
export { isDelayed, satisfies } from './quotes/market-data-mode.js';
export type { MarketDataMode, QuoteMode } from './quotes/market-data-mode.js';
export { formatOccSymbol, parseOccSymbol } from './contracts/occ-symbol.js';
export type { OccSymbol } from './contracts/occ-symbol.js';
export { DEFAULT_MARKET_DATA_SETTINGS } from './options.js';
export type { MarketDataSettings, ResolvedMarketDataSettings } from './options.js';
export { ageMs } from './quotes/quote.js';
export type {
  DecodedQuoteFields,
  EfpQuote,
  EfpSide,
  HaltReason,
  NumericQuoteField,
  OptionComputation,
  Quote,
  QuoteField,
  QuoteGreeks,
  QuoteSnapshot,
  RawTick,
  Shortability,
  TextQuoteField,
} from './quotes/quote.js';
export { nextSessionChange, sessionOf, tradingHoursOf } from './sessions/trading-hours.js';
export type { ContractHours, HoursOptions, MarketSession, SessionKind, TradingHours } from './sessions/trading-hours.js';
export { twsTimeZone } from './sessions/tws-time-zone.js';
export { wireContract } from './contracts/resolved-contract.js';
export type { ResolvedContract } from './contracts/resolved-contract.js';
export type { BidAskTick, GapTick, MidPointTick, TickByTickKind, TickOfKind, TradeTick } from './ticks/tick-by-tick.js';
export { DEFAULT_TICK_CAPACITY } from './streams/tick-stream.js';
export type { TickStream } from './streams/tick-stream.js';
export type { TickByTickOptions } from './ticks/tick-streams.js';
export type { TickerEvents, TickerNews, TickerSubscription, WaitForQuoteOptions } from './quotes/ticker-subscription.js';
