import { createScaledClock, sleep, systemClock } from '@ibkit/clock';
import type { ScaledClock } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { HistoricalPacer } from '@ibkit/rate-limiter';
import type { DepthSubscription } from '../../depth/depth-subscription.js';
import type { HistoryBar } from '../../history/history-bar.js';
import type { LiveBarGap, LiveBarItem } from '../../history/live-bars.js';
import { MarketData } from '../../market-data.js';
import type { TickerSubscription } from '../../quotes/ticker-subscription.js';
import type { TickStream } from '../../streams/tick-stream.js';
import type { BidAskTick, GapTick, TradeTick } from '../../ticks/tick-by-tick.js';
import { IN_SESSION_MS } from '../../testing/loopback.js';
import type { FaultTrial } from '../fault-table.js';
import { SentState } from './sent-state.js';
import { checkTicks } from '../tick-check.js';
import type { MadeTick, Seen, TickVerdict } from '../tick-check.js';
import { PATIENT, until } from './until.js';

/** The market's and the connection's time pass so much faster than ours. */
const SPEED = 10;
const CLIENT_ID = 1;

const NO_LIMITS = { marketDataLines: Infinity, tickByTick: Infinity, marketDepth: Infinity, openHistory: Infinity } as const;
/** The range of the bulk history that is under way when the fault begins. */
const HISTORY = { from: IN_SESSION_MS - 7 * 3_600_000, to: IN_SESSION_MS - 5 * 3_600_000, barSize: '5 secs' } as const;

interface Collected<T> {
  readonly items: T[];
  error: unknown;
}

/** A market, a reader of every kind of stream, and a second client that nothing happened to, as the witness. */
export class StreamWorld implements AsyncDisposable {
  readonly #simulator: Simulator;
  readonly #clock: ScaledClock;
  readonly #connection: ConnectionManager;
  readonly #marketData: MarketData;
  readonly #ticker: TickerSubscription;
  readonly #trades: Collected<TradeTick | GapTick>;
  readonly #quotes: Collected<BidAskTick | GapTick>;
  readonly #bars: Collected<LiveBarItem | LiveBarGap>;
  readonly #book: DepthSubscription;
  readonly #history: Collected<HistoryBar> & { done: boolean } = { items: [], error: undefined, done: false };

  readonly #doubted = new Set<string>();
  #blind: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly #seed: number;

  private constructor(simulator: Simulator, seed: number) {
    this.#simulator = simulator;
    this.#seed = seed;
    // Both clocks show the same, so that gaps can be compared with what was made.
    this.#clock = createScaledClock(systemClock(), { speed: SPEED, startAtMs: simulator.control.state().clock.nowMs });
    this.#connection = new ConnectionManager({ port: simulator.port, clientId: CLIENT_ID, clock: this.#clock, reconnect: { initialMs: 200, maxMs: 1000 } });
    this.#marketData = new MarketData({
      connection: this.#connection,
      pacer: new HistoricalPacer({ clock: this.#clock, pauseMs: 1000, maxPauseMs: 2000 }),
      verifyMs: 4000,
      competingRetryMs: 4000,
      historyTimeoutMs: 40_000,
      lookUpTimeoutMs: 60_000,
      quoteSilenceMs: 10_000,
      tickSilenceMs: 10_000,
      depthSilenceMs: 10_000,
      snapshotTimeoutMs: 8000,
    });
    const marketData = this.#marketData;
    marketData.events.on('stream.stale', ({ name }) => this.#doubted.add(name));
    this.#ticker = marketData.subscribeTicker('AAPL');
    this.#trades = collect(marketData.tickByTick('AAPL', 'AllLast'));
    this.#quotes = collect(marketData.tickByTick('MSFT', 'BidAsk'));
    this.#bars = collect(marketData.keepUpToDate('AAPL', { barSize: '5 secs', lookBackMs: 120_000, silenceMs: 15_000 }));
    this.#book = marketData.depth('AAPL', { rows: 3 });
  }

  /** Starts everything, and waits until each stream has said something. */
  static async start(seed: number): Promise<StreamWorld> {
    const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: SPEED, seed, limits: NO_LIMITS, journalTicks: true });
    const world = new StreamWorld(simulator, seed);
    try {
      await world.#connection.connect(PATIENT);
      await until(() => world.#missing({ trades: 0, quotes: 0, bars: 0 }));
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** Lets the fault happen with a bulk query under way, ends it, and waits until every stream speaks again. @throws Error that says which does not. */
  async suffer({ faults, cut, holdMs }: FaultTrial): Promise<void> {
    const { control } = this.#simulator;
    this.#doubted.clear();
    const injected = faults.map((fault) => control.inject(fault));
    if (cut !== undefined) control.dropClients(cut);
    void this.#readHistory();
    const fromMs = this.#clock.now();
    if (holdMs === 'noticed') await until(() => this.#unnoticed());
    else await sleep(systemClock(), holdMs);
    for (const end of injected) end();
    control.clearFaults();
    control.approve();
    // A query that was made anew while nothing came may have been silent again for less than is doubted, which nothing shows.
    if (holdMs === 'noticed') this.#blind = { fromMs, toMs: this.#clock.now() };
    const marks = { trades: this.#trades.items.length, quotes: this.#quotes.items.length, bars: this.#bars.items.length };
    await until(() => this.#missing(marks) ?? (this.#history.done ? undefined : 'the bulk history is not done'));
  }

  /** Stops the market, and compares what was delivered with what it made. */
  async verdict(): Promise<{ readonly trades: TickVerdict; readonly quotes: TickVerdict; readonly faults: readonly string[] }> {
    this.#simulator.control.moveClock({ action: 'pause' });
    await until(() => this.#notShown() ?? this.#notAsSent());
    // What was sent before is read before the answer to this.
    await this.#connection.request<undefined>({
      name: 'current time',
      build: () => ({ type: 'reqCurrentTime' }),
      unkeyed: true,
      receive: (message, reply) => {
        if (message.type === 'currentTime') reply.resolve(undefined);
      },
      timeoutMs: 60_000,
    });
    const witness = new ConnectionManager({ port: this.#simulator.port, clientId: 99 });
    const other = new MarketData({ connection: witness, pacer: new HistoricalPacer({ mostInWindow: 1_000_000, mostPerContract: 1_000_000 }) });
    try {
      await witness.connect();
      const range = { from: IN_SESSION_MS - 120_000, to: this.#simulator.control.state().clock.nowMs + 1000 } as const;
      const trades = checkTicks(this.#trades.items.map(seenTrade), (await all(other.historicalTicks('AAPL', { ...range, kind: 'TRADES' }))).flatMap((tick) => (tick.type === 'trade' ? [madeTrade(tick)] : [])));
      const quotes = checkTicks(withoutEchoes(this.#quotes.items).map(seenQuote), (await all(other.historicalTicks('MSFT', { ...range, kind: 'BID_ASK' }))).flatMap((tick) => (tick.type === 'bidAsk' ? [madeQuote(tick)] : [])));
      const made = await all(other.history('AAPL', { ...range, barSize: '5 secs' }));
      const past = await pastOf(this.#seed, other);
      const faults = [
        ...trades.faults.map((fault) => `trades: ${fault}`),
        ...quotes.faults.map((fault) => `quotes: ${fault}`),
        ...this.#barFaults(made),
        ...(JSON.stringify(this.#history.items.map(shape)) === JSON.stringify(past.map(shape)) && past.length > 0 ? [] : [`the bulk history has ${this.#history.items.length} of ${past.length} bars`]),
      ];
      return { trades, quotes, faults };
    } finally {
      await other.close();
      await witness.close();
    }
  }

  /** What the streams of state show at last is what the server sent on their last lines. */
  #notAsSent(): string | undefined {
    const sent = new SentState(this.#simulator.control.journal({ clientId: CLIENT_ID }));
    const quote = this.#ticker.current;
    const book = this.#book.current;
    const shown = { quote: [quote?.bid, quote?.ask, quote?.last], bids: book?.bids.map(rowText), asks: book?.asks.map(rowText) };
    return JSON.stringify(shown) === JSON.stringify(sent.state) ? undefined : `shown is ${JSON.stringify(shown)}, sent was ${JSON.stringify(sent.state)}`;
  }

  /** Every bar that is over is as it was at last, and none is missing unless a gap says so. */
  #barFaults(made: readonly HistoryBar[]): readonly string[] {
    const last = new Map<number, HistoryBar>();
    const holes: { readonly fromMs: number; readonly toMs: number }[] = this.#blind === undefined ? [] : [this.#blind];
    for (const item of this.#bars.items) {
      if (item.type === 'gap') {
        if (!item.backfilled) holes.push(item);
      } else last.set(item.bar.time, item.bar);
    }
    const [first] = last.keys();
    const newest = Math.max(...last.keys());
    const faults: string[] = [];
    for (const bar of made) {
      if (first === undefined || bar.time < first || bar.time >= newest) continue;
      if (holes.some(({ fromMs, toMs }) => bar.time > fromMs - 10_000 && bar.time < toMs + 10_000)) continue;
      const got = last.get(bar.time);
      if (got === undefined || JSON.stringify(shape(got)) !== JSON.stringify(shape(bar))) faults.push(`bars: at ${bar.time} ${got === undefined ? 'none' : JSON.stringify(shape(got))} instead of ${JSON.stringify(shape(bar))}`);
    }
    if (this.#bars.error !== undefined) faults.push('the bars ended');
    return faults.slice(0, 3);
  }

  async #readHistory(): Promise<void> {
    try {
      for await (const bar of this.#marketData.history('AAPL', HISTORY)) this.#history.items.push(bar);
    } catch (error) {
      this.#history.error = error;
    }
    this.#history.done = true;
  }

  /** What has not spoken since. */
  #missing(marks: { readonly trades: number; readonly quotes: number; readonly bars: number }): string | undefined {
    if (!this.#connection.isConnected()) return `the connection is ${this.#connection.state}`;
    if (this.#connection.health.layers.upstream.status === 'down') {
      this.#simulator.control.notice(1102);
      return 'the upstream layer is down';
    }
    for (const [name, stream, mark] of [['trades', this.#trades, marks.trades], ['quotes', this.#quotes, marks.quotes], ['bars', this.#bars, marks.bars]] as const) {
      if (stream.error !== undefined) throw new Error(`the ${name} ended`, { cause: stream.error });
      if (!stream.items.slice(mark).some(({ type }) => type !== 'gap')) return `no ${name} since`;
    }
    if (this.#history.error !== undefined) throw new Error('the bulk history failed', { cause: this.#history.error });
    const stale = this.#marketData.streams.find(({ status }) => status === 'stale');
    return this.#notShown() ?? (stale === undefined ? undefined : `${stale.name} are in doubt: ${stale.reason ?? ''}`);
  }

  /** What shows no present state. */
  #notShown(): string | undefined {
    if (this.#ticker.current?.stale !== false || this.#ticker.current.bid === undefined || this.#ticker.current.ask === undefined || this.#ticker.current.last === undefined) return `the quote is ${this.#ticker.current?.staleReason ?? 'incomplete'}`;
    return this.#book.current?.stale === false ? undefined : `the book is ${this.#book.current?.staleReason ?? 'empty'}`;
  }

  #unnoticed(): string | undefined {
    const unnoticed = this.#marketData.streams.find(({ name }) => !this.#doubted.has(name));
    return unnoticed === undefined ? undefined : `the silence of ${unnoticed.name} is not noticed`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#marketData.close();
    await this.#connection.close();
    await this.#simulator.close();
    this.#clock.close();
  }
}

const pasts = new Map<number, Promise<readonly HistoryBar[]>>();

/** The past of a seed is always the same. */
function pastOf(seed: number, marketData: MarketData): Promise<readonly HistoryBar[]> {
  const known = pasts.get(seed) ?? all(marketData.history('AAPL', HISTORY));
  pasts.set(seed, known);
  return known;
}

const rowText = ({ price, size }: { readonly price: number; readonly size: number }): string => `${price} x ${size}`;

/** TWS begins each stream of quotes with the present one, which is no change and was not made at that moment. */
function withoutEchoes(items: readonly (BidAskTick | GapTick)[]): readonly (BidAskTick | GapTick)[] {
  return items.filter((item, index) => item.type === 'gap' || (index > 0 && items[index - 1]?.type !== 'gap'));
}

function collect<T extends object>(stream: TickStream<T>): Collected<T> {
  const collected: Collected<T> = { items: [], error: undefined };
  void (async (): Promise<void> => {
    try {
      for await (const item of stream) collected.items.push(item);
    } catch (error) {
      collected.error = error;
    }
  })();
  return collected;
}

async function all<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const shape = ({ time, open, high, low, close, volume }: HistoryBar): readonly unknown[] => [time, open, high, low, close, volume];

const seenTrade = (item: TradeTick | GapTick): Seen => (item.type === 'gap' ? { gap: true, fromMs: item.fromMs, toMs: item.toMs } : madeTrade(item));
const madeTrade = ({ time, price, size, exchange }: Pick<TradeTick, 'time' | 'price' | 'size' | 'exchange'>): MadeTick => ({ tick: `${time} ${price} ${size} ${exchange}`, atMs: time });

const seenQuote = (item: BidAskTick | GapTick): Seen =>
  item.type === 'gap' ? { gap: true, fromMs: item.fromMs, toMs: item.toMs } : madeQuote(item);
const madeQuote = ({ time, bid, ask, bidSize, askSize }: { readonly time: number; readonly bid?: number | undefined; readonly ask?: number | undefined; readonly bidSize: number; readonly askSize: number }): MadeTick => ({
  tick: `${time} ${bid ?? ''} ${ask ?? ''} ${bidSize} ${askSize}`,
  atMs: time,
});
