import type { Clock, Timer } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import { GapTracker } from '../streams/gap-tracker.js';
import { COMPETING_REASON, lineVerdict } from '../quotes/line-notice.js';
import type { LinkChange, LinkWatch } from '../streams/link-watch.js';
import { wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { READ_TICK } from './tick-by-tick.js';
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

  constructor(deps: TickFeedDeps, options: TickFeedOptions<K>) {
    this.#deps = deps;
    this.#options = options;
    this.#open();
    this.#offLink = deps.link.on((change) => {
      this.#onLink(change);
    });
  }

  /** Ends the stream. Resolves once the broker was told. */
  close(): Promise<void> {
    this.#offLink();
    this.#verify?.cancel();
    this.#retry?.cancel();
    this.#closeUpstream();
    return this.#closing;
  }

  #open(): void {
    const { contract, kind, ignoreSize, sink } = this.#options;
    this.#closeUpstream();
    const generation = this.#generation;
    this.#upstream = this.#deps.connection.subscribe({
      name: `tick by tick ${kind} of ${contract.localSymbol}`,
      build: (reqId) => ({
        type: 'reqTickByTickData',
        reqId,
        contract: wireContract(contract),
        tickType: kind,
        numberOfTicks: 0,
        ignoreSize,
      }),
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
    this.#verify?.cancel();
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#deps.link.status === 'up') this.#tell(this.#gaps.end(nowMs));
    sink.push(tick);
  }

  #judge(notice: BrokerNoticeMessage): 'end' | 'ignore' {
    const verdict = lineVerdict(notice);
    if (verdict !== 'competing') return verdict === 'keep' ? 'ignore' : 'end';
    this.#gaps.begin(this.#deps.clock.now(), COMPETING_REASON);
    this.#retryLater();
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
    if (change.type === 'farmDown') return;
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
