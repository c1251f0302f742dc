import { onAbort } from '@ibkit/clock';
import type { Timer } from '@ibkit/clock';
import { asError, describeError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { HistoricalPermit } from '@ibkit/rate-limiter';
import type { ServerMessage, WireBar } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap, MarketDataUpstream } from '../connection-port.js';
import type { SecondLook, StreamWatch, StreamWatching } from '../liveness/watched-stream.js';
import { GapTracker } from '../streams/gap-tracker.js';
import type { LinkChange } from '../streams/link-watch.js';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import { barSeconds } from './bar-size.js';
import type { BarSize } from './bar-size.js';
import { readBar } from './history-bar.js';
import type { HistoryBar } from './history-bar.js';
import { durationBack } from './history-plan.js';
import { historyFarmDown, serverNow } from './history-request.js';
import type { HistoryDeps } from './history-request.js';
import { zoneOf } from './history-run.js';

/** TWS API: the kinds of bars that can be kept up to date. */
export const LIVE_BAR_KINDS = ['TRADES', 'MIDPOINT', 'BID', 'ASK', 'AGGTRADES'] as const;

/** What bars that are kept up to date are made of. */
export type LiveBarKind = (typeof LIVE_BAR_KINDS)[number];

/** A bar, or a new state of the last one. */
export interface LiveBarItem {
  readonly type: 'bar';
  /** The last bar comes again with each change, until it is `complete` or the next one begins. */
  readonly bar: HistoryBar;
  /** `history`: from an answer about the past, at the start and after an interruption; `update`: as it happened. */
  readonly origin: 'history' | 'update';
}

/** An interruption of a stream of bars, at its place. */
export interface LiveBarGap extends DataGap {
  readonly type: 'gap';
  /** Whether the bars that follow reach back to the last one before: then no bar is missing, it only came late. */
  readonly backfilled: boolean;
}

/** What a {@link LiveBars} carries. */
export interface LiveBarsOptions {
  readonly contract: ResolvedContract;
  readonly barSize: BarSize;
  readonly what: LiveBarKind;
  readonly useRth: boolean;
  readonly lookBackMs: number;
  readonly silenceMs: number;
  readonly sink: { push(item: LiveBarItem | LiveBarGap): void; end(error?: Error): void };
}

/** TWS API: historical data service error; its text decides. */
const SERVICE_ERROR = 162;
/** TWS API: live updates ended; the query does not resume by itself. */
const UPDATES_ENDED = 10_182;
/** TWS API: no data while another session has it; the history service says the same in words. */
const COMPETING_SESSION = 10_197;

const AFTER_END_MS = 1000;
const AFTER_COMPETING_MS = 60_000;
const AFTER_FARM_MS = 10_000;
/** How far back small bars are fetched after an interruption. */
const MOST_SMALL_BACK_MS = 86_400_000;

/** What {@link LiveBars} work with. */
export interface LiveBarsDeps extends HistoryDeps {
  readonly liveness: StreamWatching;
}

/** One query that is kept up to date: notices when it dies, asks again, and marks what was not seen live. */
export class LiveBars {
  readonly #deps: LiveBarsDeps;
  readonly #options: LiveBarsOptions;
  readonly #gaps = new GapTracker();
  readonly #ended = new AbortController();
  readonly #offLink: () => void;
  #generation = 0;
  #upstream: MarketDataUpstream | undefined;
  #closing: Promise<void> = Promise.resolve();
  #permit: HistoricalPermit | undefined;
  #again: Timer | undefined;
  readonly #watch: StreamWatch;
  /** Whether the bars of the past have not come yet. */
  #asking = true;
  /** Whether a query waits for the pacer. */
  #queued = false;
  #last: HistoryBar | undefined;
  #seenAtMs: number;
  /** A hole that is over and waits for the bars that show whether it is filled. */
  #hole: DataGap | undefined;
  /** Told what the present query finds, when it was made only because nothing came for a while. */
  #doubt: ((found: SecondLook) => void) | undefined;

  constructor(deps: LiveBarsDeps, options: LiveBarsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#seenAtMs = deps.clock.now();
    this.#offLink = deps.link.on((change) => {
      this.#onLink(change);
    });
    this.#watch = deps.liveness.watch({
      kind: 'bars',
      name: `${options.barSize} bars of ${options.contract.localSymbol}`,
      contract: options.contract,
      regularHours: options.useRth,
      silenceMs: options.silenceMs,
      look: (signal) => this.#look(signal),
      onStale: (reason) => {
        this.#gaps.doubt(this.#seenAtMs, reason);
      },
      onTrusted: () => {
        this.#gaps.trust();
      },
      resubscribe: (reason) => {
        this.#gaps.begin(this.#seenAtMs, reason);
        this.#open();
      },
    });
    this.#open();
  }

  /** Ends it. Resolves once the broker was told. */
  close(): Promise<void> {
    this.#offLink();
    this.#ended.abort(new Error('the stream ended'));
    this.#watch.close();
    this.#again?.cancel();
    this.#closeUpstream();
    return this.#closing;
  }

  #open(): void {
    this.#closeUpstream();
    this.#again?.cancel();
    this.#again = undefined;
    this.#asking = true;
    // Whoever waits for the pacer keeps the place: a new one would be behind it, and behind its twin's 15 seconds.
    if (this.#queued) return;
    this.#queued = true;
    const { barSize, what, contract, useRth } = this.#options;
    const query = { contract: lineKey(contract), kind: what, barSize, range: `live ${useRth ? 'rth' : 'all'}` };
    this.#deps.pacer.acquire({ ...query, signal: this.#ended.signal }).then(
      (permit) => {
        this.#queued = false;
        if (this.#ended.signal.aborted) permit.release();
        else this.#subscribe(permit);
      },
      (error: unknown) => {
        this.#queued = false;
        if (!this.#ended.signal.aborted) this.#options.sink.end(asError(error));
      },
    );
  }

  #subscribe(permit: HistoricalPermit): void {
    this.#again?.cancel();
    this.#again = undefined;
    const generation = this.#generation;
    const { contract, barSize, what, useRth, sink } = this.#options;
    // Open at the broker as long as it is kept up to date: it counts all that time.
    this.#permit = permit;
    const isCurrent = (): boolean => generation === this.#generation;
    this.#upstream = this.#deps.connection.subscribe({
      name: `${barSize} bars of ${contract.localSymbol}, kept up to date`,
      build: (reqId) => ({
        type: 'reqHistoricalData', reqId, contract: wireContract(contract), endDateTime: '', barSizeSetting: barSize, durationStr: this.#duration(),
        useRTH: useRth, whatToShow: what, formatDate: 2, keepUpToDate: true,
      }),
      cancel: (reqId) => ({ type: 'cancelHistoricalData', reqId }),
      receive: (message) => {
        if (isCurrent()) this.#receive(message);
      },
      onGap: (gap) => {
        if (isCurrent()) this.#hole = this.#gaps.told(gap) ?? this.#hole;
      },
      onNotice: (notice) => (isCurrent() ? this.#judge(notice) : 'ignore'),
      onEnd: (error: IbkrError | undefined) => {
        if (isCurrent()) sink.end(error);
      },
    });
  }

  /** Back to the last bar, so that an interruption leaves no hole. */
  #duration(): string {
    const { barSize, lookBackMs } = this.#options;
    if (this.#last === undefined) return durationBack(barSize, lookBackMs);
    const backMs = Math.max(1000, serverNow(this.#deps) - this.#last.time) + 2 * barSeconds(barSize) * 1000;
    return durationBack(barSize, barSeconds(barSize) <= 30 ? Math.min(backMs, MOST_SMALL_BACK_MS) : backMs);
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'historicalData') this.#past(message.bars);
    else if (message.type === 'historicalDataUpdate') this.#update(message.bar);
  }

  #past(rows: readonly WireBar[]): void {
    this.#asking = false;
    const bars: HistoryBar[] = [];
    for (const row of rows) bars.push(this.#read(row, bars.at(-1)?.time));
    const before = this.#last;
    const news = before === undefined ? bars : bars.filter((bar) => bar.time > before.time || (bar.time === before.time && !sameBar(bar, before)));
    const [first] = bars;
    // A market in which nothing happened was no hole.
    const isQuiet = this.#doubt !== undefined && news.length === 0;
    if (isQuiet) this.#doubt?.('quiet');
    else this.#watch.heard();
    this.#doubt = undefined;
    this.#flows({ backfilled: before !== undefined && first !== undefined && first.time <= before.time, told: !isQuiet });
    for (const bar of news) this.#push(bar, 'history');
  }

  #update(row: WireBar): void {
    const bar = this.#read(row, undefined);
    this.#watch.heard();
    if (this.#gaps.open && this.#last !== undefined && this.#deps.link.status === 'up' && !this.#asking) {
      // It goes on behind a hole: the query, made anew, fills it.
      this.#open();
      return;
    }
    this.#flows({ backfilled: false, told: true });
    if (this.#last === undefined || bar.time >= this.#last.time) this.#push(bar, 'update');
  }

  /** Something arrived: the hole that was open, if any, ends before it. */
  #flows({ backfilled, told }: { readonly backfilled: boolean; readonly told: boolean }): void {
    const nowMs = this.#deps.clock.now();
    const hole = this.#hole ?? (this.#deps.link.status === 'up' ? this.#gaps.end(nowMs) : undefined);
    this.#hole = undefined;
    this.#seenAtMs = nowMs;
    // Before the first bar there is nothing that could have a hole.
    if (hole !== undefined && told && this.#last !== undefined) this.#options.sink.push(Object.freeze({ type: 'gap', ...hole, backfilled }));
  }

  #push(bar: HistoryBar, origin: LiveBarItem['origin']): void {
    this.#last = bar;
    this.#options.sink.push(Object.freeze({ type: 'bar', bar, origin }));
  }

  #read(row: WireBar, afterMs: number | undefined): HistoryBar {
    const { barSize, contract } = this.#options;
    return readBar(row, { barSize, timeZone: zoneOf(contract), nowMs: serverNow(this.#deps) }, afterMs);
  }

  #judge(notice: BrokerNoticeMessage): 'end' | 'ignore' {
    const { code, msg } = notice;
    const description = describeError(code, msg);
    if (code === UPDATES_ENDED) return this.#interrupted('the broker ended the updates (10182)', AFTER_END_MS);
    if (this.#deps.pacer.reportError(code, msg)) return this.#interrupted('the broker refused the query: pacing (162)', 0);
    if (code === SERVICE_ERROR && description.name === 'historicalCompetingSession') this.#watch.notice({ code: COMPETING_SESSION });
    if (code === SERVICE_ERROR && description.name === 'historicalCompetingSession') return this.#interrupted('another session of this user has the data (162)', AFTER_COMPETING_MS);
    if (code === SERVICE_ERROR && (description.name === 'historicalFarmDown' || historyFarmDown(this.#deps.connection))) return this.#interrupted('the historical data farm is down (162)', AFTER_FARM_MS);
    if (code === SERVICE_ERROR && description.name === 'historicalNoData') return this.#interrupted('the broker has no data yet (162)', this.#options.silenceMs);
    return description.effect === 'requestFailed' || description.effect === 'orderRejected' ? 'end' : 'ignore';
  }

  /** The query is dead: another one is made, a little later. */
  #interrupted(reason: string, waitMs: number): 'ignore' {
    this.#gaps.begin(this.#seenAtMs, reason);
    this.#closeUpstream();
    this.#again?.cancel();
    this.#again = this.#deps.clock.setTimer(waitMs, () => {
      this.#open();
    }, { keepAlive: false });
    return 'ignore';
  }

  /** The query, made anew, tells whether something happened meanwhile. */
  #look(signal: AbortSignal): Promise<SecondLook> {
    this.#gaps.begin(this.#seenAtMs, 'no update arrived although the market is not known to be closed');
    this.#open();
    return new Promise((resolve) => {
      const timer = this.#deps.clock.setTimer(this.#deps.historyTimeoutMs, () => { found('unanswered'); }, { keepAlive: false });
      const off = onAbort(signal, () => { found('unanswered'); });
      const found = (what: SecondLook): void => {
        timer.cancel();
        off();
        if (this.#doubt === found) this.#doubt = undefined;
        resolve(what);
      };
      this.#doubt = found;
    });
  }

  #onLink(change: LinkChange): void {
    if (change.type === 'farmDown') {
      this.#gaps.doubt(this.#seenAtMs, change.reason);
      return;
    }
    if (change.type === 'frameLost') {
      if (change.messageType === 'historicalDataUpdate' || change.messageType === undefined) this.#gaps.begin(this.#seenAtMs, change.reason);
      // The answer that is awaited may be the one that was lost.
      else if (change.messageType === 'historicalData' && this.#asking) this.#interrupted(change.reason, AFTER_END_MS);
      return;
    }
    if (change.type === 'down' || change.type === 'streamsLost') {
      this.#gaps.begin(this.#deps.clock.now(), change.reason);
      return;
    }
    // The connection asks again itself after a new session; after 1102 nobody would, and what happened meanwhile would be missing.
    if (change.after === 'upstreamDown') this.#open();
  }

  #closeUpstream(): void {
    this.#generation += 1;
    this.#permit?.release();
    this.#permit = undefined;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closing = Promise.all([this.#closing, upstream.close()]).then(() => undefined);
  }
}

function sameBar(a: HistoryBar, b: HistoryBar): boolean {
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume && a.count === b.count;
}
