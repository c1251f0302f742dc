import { describeError } from '@ibkit/error-codes';
import type { ServerMessageOf } from '@ibkit/wire';
import type { BrokerNoticeMessage, DataGap } from '../connection-port.js';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { HistoryPacing } from '../history/history-request.js';
import type { SecondLook } from '../liveness/watched-stream.js';
import type { Quote } from '../quotes/quote.js';
import { tradingHoursOf } from '../sessions/trading-hours.js';
import { KeptLine, keptLineVerdict } from '../streams/kept-line.js';
import type { KeptLineDeps, KeptLineVerdict } from '../streams/kept-line.js';

/** TWS API: what bars of five seconds can be made of. */
export const REAL_TIME_BAR_KINDS = ['TRADES', 'MIDPOINT', 'BID', 'ASK'] as const;

/** What bars of five seconds are made of. */
export type RealTimeBarKind = (typeof REAL_TIME_BAR_KINDS)[number];

/** A bar of five seconds. */
export interface RealTimeBar {
  readonly type: 'bar';
  /** When it begins, epoch milliseconds. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Absent where the kind of bar has none. */
  readonly volume?: number | undefined;
  readonly wap?: number | undefined;
  readonly count?: number | undefined;
}

/** Bars that did not come, at their place: by the times of the bars around them. */
export interface RealTimeBarGap {
  readonly type: 'gap';
  /** When the first missing bar begins, epoch milliseconds. */
  readonly fromMs: number;
  /** When the next bar begins. */
  readonly toMs: number;
  /** How many bars are missing; those of hours in which the contract does not trade are not. */
  readonly missingBars: number;
  readonly reason: string;
}

/** What a {@link RealTimeBars} carries. */
export interface RealTimeBarsOptions {
  readonly contract: ResolvedContract;
  readonly what: RealTimeBarKind;
  readonly useRth: boolean;
  readonly silenceMs: number | undefined;
  readonly sink: { push(item: RealTimeBar | RealTimeBarGap): void; end(error?: Error): void };
}

/** What a {@link RealTimeBars} works with. */
export interface RealTimeBarsDeps extends KeptLineDeps {
  readonly pacer: HistoryPacing;
}

/** TWS API: bars are of five seconds. */
const BAR_MS = 5000;
/** TWS API: a bust ended the bars; updates ended; a refused real-time query. */
const BUST = 10_225;
const UPDATES_ENDED = 10_182;
const REFUSED = 420;
const AFTER_END_MS = 1000;
/** A longer hole is counted without a look at the hours: more than a week. */
const MOST_LOOKED_AT = 200_000;
/** Times of trades are whole seconds, and a bar comes when it is over. */
const BEHIND_MS = BAR_MS + 3000;

/** One stream of bars of five seconds, with every missing bar counted at its place. */
export class RealTimeBars {
  readonly #deps: RealTimeBarsDeps;
  readonly #options: RealTimeBarsOptions;
  readonly #kept: KeptLine;
  #last: RealTimeBar | undefined;
  #reason: string | undefined;

  constructor(deps: RealTimeBarsDeps, options: RealTimeBarsOptions) {
    this.#deps = deps;
    this.#options = options;
    const { contract, what, useRth, silenceMs, sink } = options;
    this.#kept = new KeptLine(deps, {
      name: `real-time bars of ${contract.localSymbol}`,
      build: (reqId) => ({ type: 'reqRealTimeBars', reqId, contract: wireContract(contract), barSize: BAR_MS / 1000, whatToShow: what, useRTH: useRth }),
      cancel: (reqId) => ({ type: 'cancelRealTimeBars', reqId }),
      admit: async (signal) => {
        // TWS API: they are paced like small bars of the past.
        const permit = await deps.pacer.acquire({ contract: lineKey(contract), kind: what, range: `real time ${useRth ? 'rth' : 'all'}`, signal });
        permit.release();
      },
      receive: (message) => {
        if (message.type === 'realTimeBar') this.#receive(message);
      },
      onGap: (gap: DataGap) => {
        this.#reason = gap.reason;
      },
      judge: (notice) => this.#judge(notice),
      watch: { kind: 'bars', contract, silenceMs, regularHours: useRth, compare: (seen) => this.#compare(seen) },
      onEnd: (error) => {
        sink.end(error);
      },
    });
  }

  /** Ends it. Resolves once the broker was told. */
  close(): Promise<void> {
    return this.#kept.close();
  }

  #receive({ time, open, high, low, close, volume, wap, count }: ServerMessageOf<'realTimeBar'>): void {
    const bar: RealTimeBar = Object.freeze({ type: 'bar', time: time * 1000, open, high, low, close, volume: known(volume), wap: known(wap), count: known(count) });
    const last = this.#last;
    // A bar never changes: one that comes again after an interruption is not new.
    if (last !== undefined && bar.time <= last.time) return;
    this.#last = bar;
    if (last !== undefined) this.#tellHole(last.time + BAR_MS, bar.time);
    this.#reason = undefined;
    this.#options.sink.push(bar);
  }

  #tellHole(fromMs: number, toMs: number): void {
    const missingBars = this.#missing(fromMs, toMs);
    if (missingBars > 0) this.#options.sink.push(Object.freeze({ type: 'gap', fromMs, toMs, missingBars, reason: this.#reason ?? 'the broker sent no bars' }));
  }

  #missing(fromMs: number, toMs: number): number {
    const slots = Math.max(0, Math.round((toMs - fromMs) / BAR_MS));
    if (slots > MOST_LOOKED_AT) return slots;
    const { contract, useRth } = this.#options;
    const hours = tradingHoursOf(contract);
    let missing = 0;
    for (let atMs = fromMs; atMs < toMs; atMs += BAR_MS) if (hours.during(atMs, atMs + BAR_MS, { regular: useRth }) !== 'closed') missing += 1;
    return missing;
  }

  #judge(notice: BrokerNoticeMessage): KeptLineVerdict {
    const { code, msg } = notice;
    const { competingRetryMs, pacer } = this.#deps;
    if (code === BUST) return { againMs: 0, reason: 'a bust ended the bars (10225)' };
    if (code === UPDATES_ENDED) return { againMs: AFTER_END_MS, reason: 'the broker ended the bars (10182)' };
    if (pacer.reportError(code, msg)) return { againMs: 0, reason: `the broker refused the bars: pacing (${code})` };
    if (code === REFUSED && describeError(code, msg).name === 'realTimeCompetingSession') return { againMs: competingRetryMs, reason: 'another session of this user has the data (420)' };
    return keptLineVerdict(notice, competingRetryMs);
  }

  /** Whether the market has moved behind the last bar. */
  #compare(seen: Quote): SecondLook {
    const last = this.#last;
    const { what } = this.#options;
    if (what === 'TRADES') {
      if (seen.lastTime === undefined) return seen.last === undefined ? 'empty' : 'quiet';
      return last === undefined || seen.lastTime > last.time + BEHIND_MS ? 'moved' : 'quiet';
    }
    const { bid, ask } = seen;
    if (bid === undefined || ask === undefined) return 'empty';
    const price = { BID: bid, ASK: ask, MIDPOINT: (bid + ask) / 2 }[what];
    return last !== undefined && Math.abs(last.close - price) < 1e-6 ? 'quiet' : 'moved';
  }
}

/** TWS API: -1 where there is none. */
function known(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value;
}
