import type { Instrument } from '../market/instrument.js';
import type { OptionBasis, OptionGiven, OptionModel, Quote } from '../market/market.js';
import { middleOf } from '../market/priced-option.js';
import type { OptionMoment, PricedOption } from '../market/priced-option.js';
import type { PriceHistory } from '../market/price-history.js';
import type { EventSink } from '../market/price-source.js';
import type { FittedPricing } from './fitted-pricing.js';
import type { UniverseContract } from './option-universe.js';
import type { SpotPath } from './spot-path.js';
import { UniverseHistory } from './universe-history.js';
import { universeTape } from './universe-tape.js';

/** A trade of a contract that has its price. */
export interface PricedTrade {
  readonly atMs: number;
  readonly price: number;
  readonly size: number;
}

/** What an option of a universe is made from. */
export interface UniverseOptionOptions {
  readonly instrument: Instrument;
  readonly contract: UniverseContract;
  readonly pricing: FittedPricing;
  readonly path: SpotPath;
  readonly seed: number;
  readonly underlyingHistory: () => PriceHistory;
  readonly now: () => number;
}

/** What the trades up to an instant have made. */
interface DayFields {
  readonly last: number;
  readonly lastSize: number;
  readonly lastTimeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly volume: number;
  readonly trades: number;
  readonly vwap: number;
}

/**
 * One option of a universe file. Its quote is around the fitted price at the underlying's price of now; its trades are those that give the file's open, high, low, close and
 * volume at the end of the file's day, and no more after it.
 */
export class UniverseOption implements PricedOption {
  readonly instrument: Instrument;
  readonly #options: UniverseOptionOptions;
  readonly #pricing: FittedPricing;
  #tape: readonly PricedTrade[] | undefined;
  #toldMs = 0;
  #toldQuote = '';
  #toldModel = Number.NaN;

  constructor(options: UniverseOptionOptions) {
    this.instrument = options.instrument;
    this.#options = options;
    this.#pricing = options.pricing;
  }

  get history(): PriceHistory {
    const { underlyingHistory, pricing, now } = this.#options;
    return new UniverseHistory({ instrument: this.instrument, pricing, trades: this.#trades, underlying: underlyingHistory(), nowMs: now() });
  }

  /** As the rows of its underlying, it is shown whenever there are some. */
  lastOpen(step: number): number {
    return step;
  }

  quote(moment: OptionMoment): Quote {
    const sides = this.#pricing.sized(middleOf(moment.underlying), moment.atMs, moment.step);
    const { path, contract } = this.#options;
    const isLater = moment.dayStartMs > path.openMs;
    const close = isLater ? contract.close : undefined;
    const fields = this.#fieldsAt(moment.atMs);
    if (fields === undefined) return { ...sides, close };
    const { last, lastSize, lastTimeMs, volume, open, high, low, trades, vwap } = fields;
    const day = isLater ? {} : { volume, open, high, low, trades, vwap };
    return { ...sides, last, lastSize, lastExchange: 'CBOE', lastTimeMs, ...day, close };
  }

  model(moment: OptionMoment, basis: OptionBasis): OptionModel | undefined {
    const undPrice = middleOf(moment.underlying);
    if (undPrice === undefined) return undefined;
    if (basis === 'model') return this.#pricing.modelAt(undPrice, moment.atMs);
    const price = this.quote(moment)[basis];
    return price === undefined ? undefined : this.#pricing.modelOf(undPrice, moment.atMs, price);
  }

  modelAt(atMs: number, given: OptionGiven): OptionModel | undefined {
    return 'volatility' in given ? this.#pricing.modelAt(given.undPrice, atMs, given.volatility) : this.#pricing.modelOf(given.undPrice, atMs, given.optPrice);
  }

  beginTelling(moment: OptionMoment): void {
    this.#toldMs = moment.atMs;
    this.#toldQuote = this.#quoteKey(moment);
    this.#toldModel = this.model(moment, 'model')?.optPrice ?? Number.NaN;
  }

  tell(moment: OptionMoment, sink: EventSink): void {
    const { conId } = this.instrument;
    const { atMs } = moment;
    const key = this.#quoteKey(moment);
    if (key !== this.#toldQuote) {
      this.#toldQuote = key;
      sink({ kind: 'quote', conId, atMs, ...this.#pricing.sized(middleOf(moment.underlying), atMs, moment.step) });
    }
    const after = this.#toldMs;
    this.#toldMs = atMs;
    for (const trade of this.#trades) {
      if (trade.atMs <= after || trade.atMs > atMs) continue;
      sink({ kind: 'trade', conId, ...trade, exchange: 'CBOE', conditions: '', pastLimit: false, unreported: false });
    }
    const model = this.model(moment, 'model');
    if (model !== undefined && model.optPrice !== this.#toldModel) {
      this.#toldModel = model.optPrice;
      sink({ kind: 'model', conId, atMs, model });
    }
  }

  /** The trades with their prices: those that the file does not say are at a side of the quote, within the file's range. */
  get #trades(): readonly PricedTrade[] {
    const { contract, path, seed } = this.#options;
    const { low = 0, high = Number.POSITIVE_INFINITY } = contract;
    return (this.#tape ??= universeTape(contract, path, seed).map(({ atMs, size, price, atBid }) => {
      const { bid, ask } = price === undefined ? this.#pricing.sides(path.at(atMs), atMs) : {};
      const side = atBid ? (bid ?? ask) : ask;
      return { atMs, size, price: price ?? Math.min(high, Math.max(low, side ?? low)) };
    }));
  }

  #fieldsAt(atMs: number): DayFields | undefined {
    let fields: DayFields | undefined;
    let value = 0;
    for (const { atMs: tradeMs, price, size } of this.#trades) {
      if (tradeMs > atMs) break;
      value += price * size;
      const volume = (fields?.volume ?? 0) + size;
      fields = {
        last: price,
        lastSize: size,
        lastTimeMs: tradeMs,
        open: fields?.open ?? price,
        high: Math.max(fields?.high ?? price, price),
        low: Math.min(fields?.low ?? price, price),
        volume,
        trades: (fields?.trades ?? 0) + 1,
        vwap: value / volume,
      };
    }
    return fields;
  }

  #quoteKey(moment: OptionMoment): string {
    const { bid, ask, bidSize, askSize } = this.#pricing.sized(middleOf(moment.underlying), moment.atMs, moment.step);
    return `${bid ?? ''}/${ask ?? ''}/${bidSize ?? ''}/${askSize ?? ''}`;
  }
}
