import type { Timer } from '@ibkit/clock';
import type { Instrument } from '../../market/instrument.js';
import type { Market, TradeEvent } from '../../market/market.js';
import type { ClientSession } from '../client-session.js';
import { streamStories } from '../news/news-stream.js';
import type { PriceAt } from '../news/stories.js';
import type { GenericReading, Sample } from './generic-rules.js';
import type { GenericRequest } from './generic-request.js';
import type { OptionStatistics } from './option-statistics.js';
import type { WeekRangeReader } from './week-ranges.js';

/** Options of a {@link GenericLine}. */
export interface GenericLineOptions {
  readonly session: ClientSession;
  readonly reqId: number;
  readonly instrument: Instrument;
  readonly market: Market;
  readonly request: GenericRequest;
  readonly options: OptionStatistics;
  readonly weeks: WeekRangeReader;
  readonly priceAt: PriceAt;
}

/** Generic ticks are slow: they are computed once per second of market time, and sent where they changed. */
const PERIOD_MS = 1_000;
const MOST_SAMPLES = 600;
/** TWS API: trades as `price;size;epoch ms;volume;vwap;single`, without and with those that do not count for the last price. */
const TRADE_TICKS: ReadonlyMap<number, { readonly tickType: number; readonly withUnreported: boolean }> = new Map([
  [233, { tickType: 48, withUnreported: true }],
  [375, { tickType: 77, withUnreported: false }],
]);

/** The generic ticks of one market data line. */
export class GenericLine {
  readonly #options: GenericLineOptions;
  readonly #sent = new Map<number, number | string>();
  readonly #samples: Sample[] = [];
  readonly #stops: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(options: GenericLineOptions) {
    this.#options = options;
  }

  start(): void {
    const { market, instrument, request, session, reqId, priceAt } = this.#options;
    const { clock } = market;
    const tradeTicks = request.rules.flatMap(({ id }) => TRADE_TICKS.get(id) ?? []);
    if (tradeTicks.length > 0) {
      const unwatch = market.watch(instrument.conId, (event) => {
        if (event.kind === 'trade') for (const tick of tradeTicks) if (tick.withUnreported || !event.unreported) this.#sendTrade(tick.tickType, event);
      });
      this.#stops.push(unwatch);
    }
    const stopNews = streamStories({
      clock,
      instrument,
      providers: request.providers,
      priceAt,
      onStory: ({ atMs, providerCode, articleId, headline }) => {
        session.send({ type: 'tickNews', reqId, timeStamp: atMs, providerCode, articleId, headline, extraData: '' });
      },
    });
    this.#stops.push(stopNews);
    if (request.rules.some(({ read }) => read !== undefined)) this.#tick();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const stop of this.#stops) stop();
  }

  #tick(): void {
    const { market, instrument, request, options, weeks } = this.#options;
    const nowMs = market.clock.now();
    const quote = market.quote(instrument.conId);
    this.#samples.push({ atMs: nowMs, volume: quote.volume ?? 0, trades: quote.trades ?? 0 });
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
    const facts = { market, instrument, quote, nowMs, samples: this.#samples, options, weeks };
    for (const { read } of request.rules) for (const reading of read?.(facts) ?? []) this.#send(reading);
    this.#timer = market.clock.setTimer(PERIOD_MS, () => {
      this.#tick();
    });
  }

  #send({ kind, tickType, value }: GenericReading): void {
    if (value === undefined || this.#sent.get(tickType) === value) return;
    this.#sent.set(tickType, value);
    const { session, reqId } = this.#options;
    if (kind === 'string') session.send({ type: 'tickString', reqId, tickType, value: String(value) });
    else if (kind === 'price') session.send({ type: 'tickPrice', reqId, tickType, price: Number(value), size: 0, attrMask: 0 });
    else if (kind === 'size') session.send({ type: 'tickSize', reqId, tickType, size: Number(value) });
    else session.send({ type: 'tickGeneric', reqId, tickType, value: Number(value) });
  }

  #sendTrade(tickType: number, { price, size, atMs, conId }: TradeEvent): void {
    const { session, reqId, market } = this.#options;
    const { volume = size, vwap = price } = market.quote(conId);
    const value = [price, size, Math.round(atMs), volume, Number(vwap.toFixed(6)), true].join(';');
    session.send({ type: 'tickString', reqId, tickType, value });
  }
}
