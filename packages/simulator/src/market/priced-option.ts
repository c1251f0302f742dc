import type { Instrument } from './instrument.js';
import type { OptionBasis, OptionGiven, OptionModel, Quote } from './market.js';
import type { PriceHistory } from './price-history.js';
import type { EventSink } from './price-source.js';

/** Where an option stands: its underlying, the time, and the step of the market. */
export interface OptionMoment {
  readonly underlying: Quote;
  readonly atMs: number;
  readonly step: number;
  /** Number of the New York day. */
  readonly day: number;
  /** When that day began. */
  readonly dayStartMs: number;
}

/** One option that an option source shows. */
export interface PricedOption {
  readonly instrument: Instrument;
  /** The past up to now. */
  readonly history: PriceHistory;
  /** The step, or the last one before it in which it was traded. */
  lastOpen(step: number): number;
  quote(moment: OptionMoment): Quote;
  /** The values behind a price; undefined when there is no such price, no underlying price, or no volatility that gives it. */
  model(moment: OptionMoment, basis: OptionBasis): OptionModel | undefined;
  /** The values at given prices; undefined after expiry and when no volatility gives the price. */
  modelAt(atMs: number, given: OptionGiven): OptionModel | undefined;
  /** Takes the market at this moment as told already. */
  beginTelling(moment: OptionMoment): void;
  /** Tells what changed since the last step that was told. */
  tell(moment: OptionMoment, sink: EventSink): void;
}

/** The middle of the underlying's quote, else its last price. */
export function middleOf(quote: Quote): number | undefined {
  return quote.bid !== undefined && quote.ask !== undefined ? (quote.bid + quote.ask) / 2 : quote.last;
}
