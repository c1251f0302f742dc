import type { Clock, ScaledClock } from '@ibkit/clock';
import type { ReplayData } from '../replay/replay-data.js';
import type { SessionMode } from './instrument-days.js';
import type { InstrumentSpec } from './instrument-spec.js';
import type { InstrumentUniverse } from './instrument.js';
import type { PriceHistory } from './price-history.js';

/** What the market shows for one instrument. Undefined means that there is none (yet). Prices in the currency, sizes in shares or contracts. */
export interface Quote {
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly bidSize?: number | undefined;
  readonly askSize?: number | undefined;
  readonly last?: number | undefined;
  readonly lastSize?: number | undefined;
  /** Exchange of the last trade in TWS spelling, such as `ARCA`. */
  readonly lastExchange?: string | undefined;
  /** When the last trade happened, epoch milliseconds. */
  readonly lastTimeMs?: number | undefined;
  /** Of all trades since the regular session of the New York stock exchanges that began last; open, high and low are of that session alone. */
  readonly volume?: number | undefined;
  readonly open?: number | undefined;
  readonly high?: number | undefined;
  readonly low?: number | undefined;
  /** Close of the last regular session before this day. */
  readonly close?: number | undefined;
  /** Average price of this day's trades, weighted by size. */
  readonly vwap?: number | undefined;
  /** Number of this day's trades. */
  readonly trades?: number | undefined;
}

/** Option values by the model, consistent with each other: `optPrice` is the price at `impliedVol` and `undPrice`, and the rest are its derivatives there. */
export interface OptionModel {
  /** Per year, 0.25 is 25 %. */
  readonly impliedVol: number;
  readonly optPrice: number;
  readonly undPrice: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per volatility point (0.01). */
  readonly vega: number;
  /** Per calendar day. */
  readonly theta: number;
  /** Present value of dividends until expiry: always 0 here. */
  readonly pvDividend: number;
}

/** Which price an option computation belongs to: the quote's sides, the last trade, or the model's own price. */
export type OptionBasis = 'bid' | 'ask' | 'last' | 'model';

/** A price of the underlying, and either a price or a volatility (yearly) of the option. */
export type OptionGiven = { readonly undPrice: number } & ({ readonly optPrice: number } | { readonly volatility: number });

/** Bid, ask or their sizes changed. Carries all four. */
export interface QuoteEvent {
  readonly kind: 'quote';
  readonly conId: number;
  /** When it happened on the market's clock, epoch milliseconds. */
  readonly atMs: number;
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly bidSize: number | undefined;
  readonly askSize: number | undefined;
}

/** One trade. */
export interface TradeEvent {
  readonly kind: 'trade';
  readonly conId: number;
  readonly atMs: number;
  readonly price: number;
  readonly size: number;
  /** TWS spelling, such as `ARCA`. */
  readonly exchange: string;
  /** Sale conditions as TWS prints them (letters separated by spaces), or empty. */
  readonly conditions: string;
  /** Beyond the limit-up or limit-down price. */
  readonly pastLimit: boolean;
  /** A trade that does not count for the last price: seen by `AllLast` only. */
  readonly unreported: boolean;
}

/** The model of an option moved. */
export interface ModelEvent {
  readonly kind: 'model';
  readonly conId: number;
  readonly atMs: number;
  readonly model: OptionModel;
}

export type MarketEvent = QuoteEvent | TradeEvent | ModelEvent;

/** Receives events in time order. Must not throw; may watch, unwatch and place orders. */
export type MarketListener = (event: MarketEvent) => void;

/**
 * The simulated market. It trades round the clock, on every day, unless its sessions are those of the calendar.
 *
 * While a listener is called, {@link Market.quote} shows the market just after that event.
 * Before {@link Market.start} no events are delivered; while {@link Market.held} the clock stands still, so nothing moves.
 */
export interface Market {
  /** The time that the market, and everything that trades on it, lives in. The market owns it: {@link Market.close} closes it. */
  readonly clock: ScaledClock;
  readonly universe: InstrumentUniverse;
  readonly sessions: SessionMode;
  /** Whether a replay is waiting at its start for the first subscription (the clock is paused). */
  readonly held: boolean;
  /** Whether this instrument is played from a file. */
  isReplayed(conId: number): boolean;
  /** Ends the wait: the clock runs from its start. Does nothing when not held. Call it after the subscription is in place. */
  release(): void;
  /** The market now; all undefined for an instrument without data. @throws UsageError for an unknown conId. */
  quote(conId: number): Quote;
  /** The past of an instrument up to now. Take it anew for each question. @throws UsageError for an unknown conId. */
  history(conId: number): PriceHistory;
  /** What a position is valued at: the last price kept within bid and ask, else the middle, else the close. */
  mark(conId: number): number | undefined;
  /** The option's values for a basis; undefined for stocks, without an underlying price, or when no volatility gives the price. */
  optionModel(conId: number, basis: OptionBasis): OptionModel | undefined;
  /** The option's values now at a price of the underlying and a price or volatility of its own: undefined for other instruments, after expiry, or when no volatility gives the price. */
  optionAt(conId: number, given: OptionGiven): OptionModel | undefined;
  /** Calls the listener for every event of the instrument from now on; gives the function that ends it. @throws UsageError for an unknown conId. */
  watch(conId: number, listener: MarketListener): () => void;
  /**
   * Delivers every event that happened before an instant, now at most, and was not delivered yet because its timer is late: an event belongs to the time that it bears, and
   * whoever closes an account of a span of time (a bar, an answer about the past) must have heard all of it. Does nothing from within an event.
   */
  settle(beforeMs: number): void;
  /** Begins to deliver events. */
  start(): void;
  /** The contract that {@link Market.setPrice} and its like mean by a symbol; undefined for one that has no price of its own. */
  movable(symbol: string): number | undefined;
  /** Moves a stock, a pair, a coin, a bond or oil to a price at once: a trade print at it and a quote around it; whatever is priced off it follows. @throws UsageError for an unknown symbol or a price that is not above 0. */
  setPrice(symbol: string, price: number): void;
  /** Moves a stock by a percentage of its price (below 0: down) with no trade on the way; gives the new price. @throws UsageError for an unknown symbol or a move that leaves no price above 0. */
  gap(symbol: string, percent: number): number;
  /** Stops trading in a stock and its options: nobody quotes, nothing trades, the last price stands. @throws UsageError for an unknown symbol. */
  halt(symbol: string): void;
  /** Trading goes on at the prices that were reached meanwhile. @throws UsageError for an unknown symbol. */
  resume(symbol: string): void;
  halted(conId: number): boolean;
  /**
   * The market as it was `delayMs` ago: the same prices and events, that much later. Always the same one; do not close it. With a delay of 0 this market.
   * Halts are not delayed. Before the start of a seeded market its past is shown, before that of a replay nothing.
   */
  delayed(delayMs: number): Market;
  /** Ends all watching, timers and the clock. Idempotent. */
  close(): void;
}

/** How to make a market; see `createMarket` in create-market.ts. */
export interface MarketOptions {
  /** The real clock under the market's scaled one. */
  readonly base: Clock;
  /** Chooses the prices of everything that is not replayed: the same seed gives the same market. Any integer. @defaultValue 1 */
  readonly seed?: number | undefined;
  /** Market seconds per real second, above 0. @defaultValue 1 */
  readonly speed?: number | undefined;
  /** Whether the clock stands still until it is told to move; then a replay is not held. @defaultValue false */
  readonly paused?: boolean | undefined;
  /** Where the market's clock starts, epoch milliseconds. @defaultValue the earliest regular open of the replay, else the base clock's now */
  readonly startAtMs?: number | undefined;
  /** What to list besides the built-in instruments, or in their place. @defaultValue none */
  readonly instruments?: readonly InstrumentSpec[] | undefined;
  /** `calendar`: instruments trade in the sessions of their exchanges only. @defaultValue `always`: round the clock */
  readonly sessions?: SessionMode | undefined;
  /** What `loadReplay` gave. @defaultValue none: every instrument is seeded */
  readonly replay?: ReplayData | undefined;
  /** Called once when the last row of the replay has been played: from then on its prices stay. */
  readonly onReplayEnd?: (() => void) | undefined;
}
