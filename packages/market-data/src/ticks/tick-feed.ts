import type { Clock, Timer } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import type { SecondLook, StreamWatch, StreamWatching } from '../liveness/watched-stream.js';
import type { Quote } from '../quotes/quote.js';
import { GapTracker } from '../streams/gap-tracker.js';
import { COMPETING_REASON, lineVerdict } from '../quotes/line-notice.js';
import type { LinkChange, LinkWatch } from '../streams/link-watch.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { READ_TICK } from './tick-by-tick.js';
import { INSTRUMENT_GAP_MS, TickPlace } from './tick-place.js';
import type { InstrumentPace } from './tick-place.js';
import type { LineCounting } from '../quotes/line-registry.js';
import type { GapTick, TickByTickKind, TickOfKind } from './tick-by-tick.js';

/** Where a {@link TickFeed} delivers. */
export interface TickSink<T> {
  push(item: T): void;
  end(error?: Error): void;
}

/** What a {@link TickFeed} works with. */
export interface TickFeedDeps {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly liveness: StreamWatching;
  readonly budget: LineCounting | undefined;
  readonly pace: InstrumentPace;
  /** How long a feed may be silent after the gateway's link came back before it is asked for again, in milliseconds. */
  readonly verifyMs: number;
  /** How often a feed is asked for again while another session has the data, in milliseconds. */
  readonly competingRetryMs: number;
}

/** What a {@link TickFeed} carries. */
export interface TickFeedOptions<K extends TickByTickKind> {
  readonly contract: ResolvedContract;
  readonly kind: K;
  readonly ignoreSize: boolean;
  readonly sink: TickSink<TickOfKind[K] | GapTick>;
}

/** Times of trades are whole seconds, by two services of the broker, and server time is an estimate. */
const SAME_TRADE_MS = 3000;
const SAME_PRICE = 1e-6;
/** TWS API: max number of tick-by-tick requests reached; also the answer to a second request for an instrument within 15 seconds. */
const TOO_MANY_STREAMS = 10_190;
const TOO_SOON = /per instrument|same instrument|\bseconds?\b/iu;

/** TWS API: 0 and -1 are "no quote". */
function priceOf(price: number): number | undefined {
  return price === 0 || price === -1 ? undefined : price;
}

/** One upstream tick-by-tick stream of a contract, with every hole in it marked at its place. */
export class TickFeed<K extends TickByTickKind> {
  readonly #deps: TickFeedDeps;
  readonly #options: TickFeedOptions<K>;
  readonly #gaps = new GapTracker();
  readonly #offLink: () => void;
  #upstream: MarketDataUpstream | undefined;
  #generation = 0;
  #closing: Promise<void> = Promise.resolve();
  #verify: Timer | undefined;
  #retry: Timer | undefined;
  #turn: Timer | undefined;
  readonly #place: TickPlace;
  /** How often the broker was asked, by the connection after a loss included. */
  #requests = 0;
  readonly #watch: StreamWatch;
  #latest: TickOfKind[K] | undefined;
  #askedAtMs = 0;

  /** @throws RateLimitError `IBKR_RATE_LINES_EXHAUSTED` when the budget has no stream left; nothing was sent. */
  constructor(deps: TickFeedDeps, options: TickFeedOptions<K>) {
    this.#deps = deps;
    this.#options = options;
    const { contract, kind } = options;
    this.#place = new TickPlace({ budget: deps.budget, pace: deps.pace, contract });
    const waitMs = this.#place.ask();
    this.#watch = deps.liveness.watch({
      kind: 'tickByTick',
      name: `tick by tick ${kind} of ${contract.localSymbol}`,
      contract,
      compare: (seen) => this.#compare(seen),
      onStale: (reason, silentFromMs) => {
        this.#gaps.doubt(silentFromMs, reason);
      },
      onTrusted: () => {
        this.#gaps.trust();
      },
      resubscribe: (reason, silentFromMs) => {
        this.#gaps.begin(silentFromMs, reason);
        this.#open();
      },
    });
    if (waitMs > 0) this.#openLater(waitMs, 'the broker takes one tick-by-tick request for an instrument in 15 s: it waits for its turn');
    else this.#subscribe();
    this.#offLink = deps.link.on((change) => {
      this.#onLink(change);
    });
  }

  /** Ends the stream. Resolves once the broker was told. */
  close(): Promise<void> {
    this.#offLink();
    this.#watch.close();
    this.#verify?.cancel();
    this.#retry?.cancel();
    this.#turn?.cancel();
    this.#closeUpstream();
    this.#place.release();
    return this.#closing;
  }

  /** Asks for the stream, again when it was asked for before, as soon as it may be asked for. */
  #open(): void {
    try {
      const waitMs = this.#place.ask();
      if (waitMs > 0) this.#openLater(waitMs, 'the stream waits for its turn');
      else this.#subscribe();
    } catch (error) {
      this.#options.sink.end(asError(error));
    }
  }

  #openLater(waitMs: number, reason: string): void {
    this.#gaps.begin(this.#deps.clock.now(), reason);
    this.#turn?.cancel();
    this.#turn = this.#deps.clock.setTimer(waitMs, () => { this.#open(); }, { keepAlive: false });
  }

  #subscribe(): void {
    this.#turn?.cancel();
    const { contract, kind, ignoreSize, sink } = this.#options;
    this.#closeUpstream();
    this.#askedAtMs = this.#serverNow();
    const generation = this.#generation;
    this.#upstream = this.#deps.connection.subscribe({
      name: `tick by tick ${kind} of ${contract.localSymbol}`,
      build: (reqId) => {
        this.#requests += 1;
        return { type: 'reqTickByTickData', reqId, contract: wireContract(contract), tickType: kind, numberOfTicks: 0, ignoreSize };
      },
      cancel: (reqId) => ({ type: 'cancelTickByTickData', reqId }),
      receive: (message) => {
        if (generation === this.#generation) this.#receive(message);
      },
      onGap: (gap) => {
        if (generation === this.#generation) this.#tell(this.#gaps.told(gap));
      },
      onNotice: (notice) => (generation === this.#generation ? this.#judge(notice) : 'ignore'),
      onEnd: (error: IbkrError | undefined) => {
        if (generation === this.#generation) sink.end(error);
      },
    });
  }

  #receive(message: ServerMessage): void {
    if (message.type !== 'tickByTick') return;
    const { contract, kind, sink } = this.#options;
    const nowMs = this.#deps.clock.now();
    const tick = READ_TICK[kind](message, contract, nowMs);
    if (tick === undefined) return;
    this.#latest = tick;
    this.#watch.heard();
    this.#verify?.cancel();
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#deps.link.status === 'up') this.#tell(this.#gaps.end(nowMs));
    sink.push(tick);
  }

  /** Whether the market has moved behind the last tick. */
  #compare(seen: Quote): SecondLook {
    const latest = this.#latest;
    const { kind } = this.#options;
    if (kind === 'Last' || kind === 'AllLast') {
      if (seen.lastTime === undefined) return seen.last === undefined ? 'empty' : 'quiet';
      if (latest?.type !== 'trade') return seen.lastTime > this.#askedAtMs + SAME_TRADE_MS ? 'moved' : 'quiet';
      // The same trade may have another second there; another trade within the same one was missed.
      const isSame = seen.last === latest.price && seen.lastSize === latest.size && seen.lastTime <= latest.time + SAME_TRADE_MS;
      return isSame || seen.lastTime < latest.time ? 'quiet' : 'moved';
    }
    if (seen.bid === undefined && seen.ask === undefined) return 'empty';
    if (latest?.type === 'bidAsk') return seen.bid === priceOf(latest.bid) && seen.ask === priceOf(latest.ask) ? 'quiet' : 'moved';
    if (seen.bid === undefined || seen.ask === undefined) return 'quiet';
    // TWS begins a stream of quotes with the present one.
    return latest?.type === 'midPoint' && Math.abs(latest.price - (seen.bid + seen.ask) / 2) < SAME_PRICE ? 'quiet' : 'moved';
  }

  #serverNow(): number {
    return this.#deps.connection.serverNow?.() ?? this.#deps.clock.now();
  }

  #judge(notice: BrokerNoticeMessage): 'end' | 'ignore' {
    this.#watch.notice(notice);
    if (notice.code === TOO_MANY_STREAMS) return this.#refused(notice);
    const verdict = lineVerdict(notice);
    if (verdict !== 'competing') return verdict === 'keep' ? 'ignore' : 'end';
    this.#gaps.begin(this.#deps.clock.now(), COMPETING_REASON);
    this.#retryLater();
    return 'ignore';
  }

  /** A stream that ran, and one that was asked for too soon after another, waits; a new one that is one too many is over. */
  #refused({ msg }: BrokerNoticeMessage): 'end' | 'ignore' {
    if (this.#requests <= 1 && !TOO_SOON.test(msg)) {
      this.#place.refused();
      return 'end';
    }
    this.#closeUpstream();
    this.#openLater(INSTRUMENT_GAP_MS, 'the broker allows no further tick-by-tick stream at the moment (10190)');
    return 'ignore';
  }

  #retryLater(): void {
    const { clock, competingRetryMs } = this.#deps;
    this.#retry ??= clock.setTimer(
      competingRetryMs,
      () => {
        this.#retry = undefined;
        this.#open();
        this.#retryLater();
      },
      { keepAlive: false },
    );
  }

  #onLink(change: LinkChange): void {
    if (change.type === 'frameLost') {
      if (change.messageType === 'tickByTick' || change.messageType === undefined) this.#gaps.begin(this.#latest?.receivedAtMs ?? this.#deps.clock.now(), change.reason);
      return;
    }
    if (change.type === 'farmDown') {
      this.#gaps.doubt(this.#deps.clock.now(), change.reason);
      return;
    }
    this.#verify?.cancel();
    if (change.type === 'down' || change.type === 'streamsLost') {
      this.#gaps.begin(this.#deps.clock.now(), change.reason);
    } else if (change.after === 'upstreamDown') {
      // TWS may say that subscriptions were kept (1102) and still send nothing: data decides.
      this.#verify = this.#deps.clock.setTimer(this.#deps.verifyMs, () => { this.#open(); }, { keepAlive: false });
    }
  }

  #tell(gap: DataGap | undefined): void {
    if (gap === undefined) return;
    const { contract, sink } = this.#options;
    sink.push(Object.freeze({ type: 'gap', symbol: contract.symbol, conId: contract.conId, ...gap }));
  }

  #closeUpstream(): void {
    this.#generation += 1;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closing = Promise.all([this.#closing, upstream.close()]).then(() => undefined);
  }
}
