import type { Product } from '../brokerage/combo.js';
import { isOption } from '../market/instrument.js';
import type { OptionBasis, OptionModel, Quote } from '../market/market.js';
import { LEADING_EXCHANGE, exchangeLetter } from './bbo-exchanges.js';
import type { ClientSession } from './client-session.js';
import type { LineMarket } from './line-market.js';
import type { LineSampler, Sampled } from './line-sampler.js';
import type { TickIds } from './tick-ids.js';

/** Options of a {@link QuoteLine}. */
export interface QuoteLineOptions {
  readonly session: ClientSession;
  readonly reqId: number;
  readonly instrument: Product;
  readonly market: LineMarket;
  /** The sampler on the clock of that market. */
  readonly sampler: LineSampler;
  readonly ticks: TickIds;
  /** Whether the line shows the state of its start for ever. @defaultValue false */
  readonly isFrozen?: boolean | undefined;
  /** Called after the first burst and after every later one. */
  readonly onBurst?: ((quote: Quote) => void) | undefined;
}

/** TWS API: how often a line is sampled, in milliseconds of market time. What happens between two samples is seen through tick-by-tick only. */
const SAMPLE_MS: Readonly<Record<Product['secType'], number>> = { BAG: 250, STK: 250, OPT: 100, FOP: 100, IND: 250, FUT: 250, CASH: 5, CRYPTO: 250, BOND: 250, CFD: 250 };

const CAN_AUTO_EXECUTE = 1;

/** TWS API: how a price says "none". */
const NO_PRICE = -1;

const BASES: readonly OptionBasis[] = ['bid', 'ask', 'last', 'model'];

function sameModel(a: OptionModel | undefined, b: OptionModel | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.impliedVol === b.impliedVol && a.optPrice === b.optPrice && a.undPrice === b.undPrice && a.delta === b.delta;
}

/** One market data line: the state of an instrument, sampled, and sent where it changed since the sample before. */
export class QuoteLine implements Sampled {
  readonly #options: QuoteLineOptions;
  #sent: Quote = {};
  readonly #sentExchanges = new Map<number, string>();
  readonly #sentModels = new Map<OptionBasis, OptionModel>();
  #cancelSample: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #sampledAtMs = 0;
  #halted = false;
  #stopped = false;

  constructor(options: QuoteLineOptions) {
    this.#options = options;
  }

  /** Sends the state of this moment and begins to follow it. */
  start(): void {
    const { market, instrument } = this.#options;
    if (this.#options.isFrozen !== true) {
      this.#unwatch = market.watch(instrument.conId, () => {
        this.#schedule();
      });
    }
    this.#sampleAt(market.clock.monotonic());
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch?.();
    this.#cancelSample?.();
  }

  sample(dueMs: number): void {
    this.#cancelSample = undefined;
    const nowMs = this.#options.market.clock.monotonic();
    // The beat goes on from where it was due: a busy machine must not make it slower, and lose what happened in between.
    this.#sampleAt(nowMs - dueMs < this.#periodMs ? dueMs : nowMs);
  }

  #schedule(): void {
    if (this.#cancelSample !== undefined) return;
    const { market, sampler } = this.#options;
    // Never at once: what happens at one instant belongs into one sample.
    this.#cancelSample = sampler.add(this, Math.max(market.clock.monotonic(), this.#sampledAtMs + this.#periodMs));
  }

  get #periodMs(): number {
    return SAMPLE_MS[this.#options.instrument.secType];
  }

  #sampleAt(atMs: number): void {
    const { market, instrument, onBurst } = this.#options;
    this.#sampledAtMs = atMs;
    const quote = market.quote(instrument.conId);
    this.#sendQuote(quote);
    this.#sendHalt(market.halted(instrument.conId));
    if (isOption(instrument)) this.#sendModels();
    this.#sent = quote;
    if (!this.#stopped) onBurst?.(quote);
  }

  #sendQuote(quote: Quote): void {
    const { ticks } = this.#options;
    this.#sendMissingSides(quote);
    this.#sendSide(ticks.bid, ticks.bidSize, CAN_AUTO_EXECUTE, [this.#sent.bid, quote.bid], [this.#sent.bidSize, quote.bidSize]);
    this.#sendSide(ticks.ask, ticks.askSize, CAN_AUTO_EXECUTE, [this.#sent.ask, quote.ask], [this.#sent.askSize, quote.askSize]);
    this.#sendSide(ticks.last, ticks.lastSize, 0, [this.#sent.last, quote.last], [this.#sent.lastSize, quote.lastSize]);
    this.#sendTimestamp(quote.lastTimeMs);
    this.#sendExchanges(quote);
    this.#sendSize(ticks.volume, this.#sent.volume, quote.volume);
    this.#sendPrice(ticks.high, this.#sent.high, quote.high);
    this.#sendPrice(ticks.low, this.#sent.low, quote.low);
    this.#sendPrice(ticks.close, this.#sent.close, quote.close);
    this.#sendPrice(ticks.open, this.#sent.open, quote.open);
  }

  /** TWS API: the first quote of an option says which side nobody quotes, with -1; later only a side that goes away is told. */
  #sendMissingSides({ bid, ask }: Quote): void {
    const { session, reqId, ticks, instrument } = this.#options;
    if (!isOption(instrument) || (this.#sent.bid ?? this.#sent.ask) !== undefined || (bid === undefined) === (ask === undefined)) return;
    session.send({ type: 'tickPrice', reqId, tickType: bid === undefined ? ticks.bid : ticks.ask, price: NO_PRICE, size: 0, attrMask: 0 });
  }

  /** A price that changed carries its size, and the size follows on its own as well: clients read either. */
  #sendSide(
    priceTick: number,
    sizeTick: number,
    attrMask: number,
    [priceBefore, price]: readonly [number | undefined, number | undefined],
    [sizeBefore, size]: readonly [number | undefined, number | undefined],
  ): void {
    const { session, reqId } = this.#options;
    if (price !== priceBefore) {
      session.send({ type: 'tickPrice', reqId, tickType: priceTick, price: price ?? NO_PRICE, size: size ?? 0, attrMask: price === undefined ? 0 : attrMask });
    }
    if (size !== sizeBefore || price !== priceBefore) session.send({ type: 'tickSize', reqId, tickType: sizeTick, size: size ?? 0 });
  }

  #sendPrice(tickType: number, before: number | undefined, price: number | undefined): void {
    if (price === undefined || price === before) return;
    this.#options.session.send({ type: 'tickPrice', reqId: this.#options.reqId, tickType, price, size: 0, attrMask: 0 });
  }

  #sendSize(tickType: number, before: number | undefined, size: number | undefined): void {
    if (size === undefined || size === before) return;
    this.#options.session.send({ type: 'tickSize', reqId: this.#options.reqId, tickType, size });
  }

  /** TWS API: the time of the last trade, in whole epoch seconds. */
  #sendTimestamp(lastTimeMs: number | undefined): void {
    if (lastTimeMs === undefined) return;
    const seconds = Math.floor(lastTimeMs / 1000);
    const before = this.#sent.lastTimeMs;
    if (before !== undefined && Math.floor(before / 1000) === seconds) return;
    const { session, reqId, ticks } = this.#options;
    session.send({ type: 'tickString', reqId, tickType: ticks.lastTimestamp, value: String(seconds) });
  }

  /** TWS API: tick 49, 1 while trading is halted, then 0. */
  #sendHalt(halted: boolean): void {
    if (halted === this.#halted) return;
    this.#halted = halted;
    const { session, reqId, ticks } = this.#options;
    session.send({ type: 'tickGeneric', reqId, tickType: ticks.halted, value: halted ? 1 : 0 });
  }

  /** TWS API: who shows the prices of a routed stock, by the letters of its BBO map. The same exchange leads the order book. */
  #sendExchanges({ bid, ask, lastExchange }: Quote): void {
    const { instrument, ticks } = this.#options;
    if (ticks.lastExchange === undefined || instrument.secType !== 'STK') return;
    const leader = exchangeLetter(instrument, LEADING_EXCHANGE);
    this.#sendExchange(ticks.bidExchange, bid === undefined ? '' : leader);
    this.#sendExchange(ticks.askExchange, ask === undefined ? '' : leader);
    if (lastExchange !== undefined) this.#sendExchange(ticks.lastExchange, exchangeLetter(instrument, lastExchange));
  }

  #sendExchange(tickType: number | undefined, value: string): void {
    if (tickType === undefined || this.#sentExchanges.get(tickType) === value) return;
    this.#sentExchanges.set(tickType, value);
    this.#options.session.send({ type: 'tickString', reqId: this.#options.reqId, tickType, value });
  }

  #sendModels(): void {
    for (const basis of BASES) {
      const model = this.#options.market.optionModel(this.#options.instrument.conId, basis);
      if (sameModel(this.#sentModels.get(basis), model)) continue;
      if (model === undefined) this.#sentModels.delete(basis);
      else this.#sentModels.set(basis, model);
      this.#sendModel(basis, model);
    }
  }

  #sendModel(basis: OptionBasis, model: OptionModel | undefined): void {
    const { session, reqId, ticks } = this.#options;
    const tickTypes: Readonly<Record<OptionBasis, number>> = {
      bid: ticks.bidComputation,
      ask: ticks.askComputation,
      last: ticks.lastComputation,
      model: ticks.modelComputation,
    };
    session.send({
      type: 'tickOptionComputation',
      reqId,
      tickType: tickTypes[basis],
      tickAttrib: basis === 'model' ? 0 : 1,
      impliedVol: model?.impliedVol,
      delta: model?.delta,
      optPrice: model?.optPrice,
      pvDividend: model?.pvDividend,
      gamma: model?.gamma,
      vega: model?.vega,
      theta: model?.theta,
      undPrice: model?.undPrice,
    });
  }
}
