import type { TimeZone } from '@ibkit/clock';
import type { HistoricalQuery } from '@ibkit/rate-limiter';
import type { WireBar } from '@ibkit/wire';
import { lineKey, wireContract } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { BarSize } from './bar-size.js';
import { readBar } from './history-bar.js';
import type { HistoryBar } from './history-bar.js';
import type { HistoryCursor } from './history-cursor.js';
import { addGap } from './history-gap.js';
import type { HistoryGap } from './history-gap.js';
import { countWindows, nextPeriod, planHistory } from './history-plan.js';
import type { HistoryRange, HistoryWindow } from './history-plan.js';
import type { HistoryKind } from './history-range.js';
import { askHistory, serverNow } from './history-request.js';
import type { HistoryDeps } from './history-request.js';
import type { HistoryEvents, HistoryState } from './history-stream.js';
import { tradingHoursOf } from '../sessions/trading-hours.js';
import type { TradingHours } from '../sessions/trading-hours.js';
import { twsTimeZone } from '../sessions/tws-time-zone.js';

/** What bars are wanted, with every default applied and every check made. */
export interface HistoryJob {
  readonly contract: ResolvedContract;
  readonly barSize: BarSize;
  readonly what: HistoryKind;
  readonly useRth: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Called with what happens besides bars. */
export type HistoryTell = <E extends keyof HistoryEvents>(type: E, event: HistoryEvents[E]) => void;

/** How many requests the pacer is asked to plan; what lies behind is extrapolated. */
const MOST_PLANNED = 500;

/** One way through a range: asks for its windows in order, and knows how far it is. */
export class HistoryRun {
  readonly #deps: HistoryDeps;
  readonly #job: HistoryJob;
  readonly #tell: HistoryTell;
  readonly #range: HistoryRange;
  readonly #hours: TradingHours;
  readonly #gaps: HistoryGap[] = [];
  readonly #total: number;
  #done = 0;
  #bars = 0;
  #nextMs: number;
  /** What answers take, without the wait for the pacer: a running mean. */
  #answerMs = 1000;
  #etaMs = 0;

  constructor(deps: HistoryDeps, job: HistoryJob, tell: HistoryTell) {
    this.#deps = deps;
    this.#job = job;
    this.#tell = tell;
    this.#range = { fromMs: job.fromMs, toMs: job.toMs, barSize: job.barSize, timeZone: zoneOf(job.contract) };
    this.#hours = tradingHoursOf(job.contract);
    this.#total = countWindows(this.#range);
    this.#nextMs = job.fromMs;
    this.#etaMs = this.#eta(planHistory(this.#range));
  }

  get state(): HistoryState {
    const { contract, barSize, what, useRth, toMs } = this.#job;
    const cursor: HistoryCursor = { version: 1, conId: contract.conId, exchange: contract.exchange, barSize, what, useRth, nextMs: this.#nextMs, toMs };
    return { progress: { done: this.#done, total: this.#total, bars: this.#bars, etaMs: this.#etaMs }, gaps: [...this.#gaps], cursor };
  }

  /** A bar goes to the reader: what comes after a resumption begins behind it. One that is still going on is wanted again. */
  handedOver(bar: HistoryBar): void {
    this.#bars += 1;
    if (!bar.complete) return;
    const { barSize, timeZone } = this.#range;
    this.#nextMs = bar.date === undefined ? bar.time + 1 : timeZone.instantOf(nextPeriod(bar.date, barSize), 0);
  }

  /** One page per window, oldest first. */
  async *pages(signal: AbortSignal): AsyncGenerator<readonly HistoryBar[], void> {
    let lastTime = Number.NEGATIVE_INFINITY;
    for (const window of planHistory(this.#range)) {
      const bars = (await this.#ask(window, signal)).filter((bar) => bar.time > lastTime);
      lastTime = bars.at(-1)?.time ?? lastTime;
      this.#answered(window, bars.length === 0);
      yield bars;
      // The reader came back for more: it has all of this window.
      if (bars.at(-1)?.complete !== false) this.#nextMs = Math.max(this.#nextMs, Math.min(window.toMs, this.#job.toMs));
    }
  }

  async #ask(window: HistoryWindow, signal: AbortSignal): Promise<readonly HistoryBar[]> {
    const { contract, barSize, what, useRth } = this.#job;
    let sentAtMs = 0;
    const answer = await askHistory<readonly WireBar[]>(this.#deps, {
      query: this.#query(window),
      signal,
      onRetry: (retry) => {
        this.#tell('retry', Object.freeze(retry));
      },
      spec: {
        name: `${barSize} bars of ${contract.localSymbol}`,
        build: (reqId) => {
          sentAtMs = this.#deps.clock.monotonic();
          return {
            type: 'reqHistoricalData', reqId, contract: wireContract(contract), endDateTime: window.endDateTime, barSizeSetting: barSize,
            durationStr: window.duration, useRTH: useRth, whatToShow: what, formatDate: 2, keepUpToDate: false,
          };
        },
        receive: (message, reply) => {
          if (message.type === 'historicalData') reply.resolve(message.bars);
        },
        cancel: (reqId) => ({ type: 'cancelHistoricalData', reqId }),
      },
    });
    this.#answerMs += (Math.max(0, this.#deps.clock.monotonic() - sentAtMs) - this.#answerMs) / 8;
    return answer.kind === 'none' ? [] : this.#read(answer.value, window);
  }

  /** The bars of the window, ascending. */
  #read(answer: readonly WireBar[], window: HistoryWindow): readonly HistoryBar[] {
    const { barSize, timeZone } = this.#range;
    const nowMs = serverNow(this.#deps);
    const bars: HistoryBar[] = [];
    let beforeMs: number | undefined;
    let ascending = true;
    for (const row of answer) {
      const bar = readBar(row, { barSize, timeZone, nowMs }, beforeMs);
      ascending &&= beforeMs === undefined || bar.time > beforeMs;
      beforeMs = bar.time;
      if (isWithin(bar, window)) bars.push(bar);
    }
    if (ascending) return bars;
    // The first of two with the same time counts: each bar comes once.
    return [...new Map(bars.reverse().map((bar) => [bar.time, bar])).values()].sort((a, b) => a.time - b.time);
  }

  #answered(window: HistoryWindow, empty: boolean): void {
    this.#done += 1;
    this.#etaMs = this.#eta(planHistory({ ...this.#range, fromMs: window.toMs }));
    if (empty) {
      const gap: HistoryGap = { fromMs: window.fromMs, toMs: window.toMs, market: this.#hours.during(window.fromMs, window.toMs, { regular: this.#job.useRth }) };
      addGap(this.#gaps, gap);
      this.#tell('gap', Object.freeze(gap));
    }
    this.#tell('progress', Object.freeze(this.state.progress));
  }

  /** When the last answer of these would be there, by the pacer's own schedule. */
  #eta(rest: Iterable<HistoryWindow>): number {
    const left = this.#total - this.#done;
    if (left === 0) return 0;
    const queries: HistoricalQuery[] = [];
    for (const window of rest) {
      queries.push(this.#query(window));
      if (queries.length === MOST_PLANNED) break;
    }
    const { totalMs } = this.#deps.pacer.plan(queries, { answerMs: this.#answerMs });
    // One after the other: where the pacer sets no pace, the answers do.
    const planned = Math.max(totalMs, queries.length * this.#answerMs);
    return Math.round((planned * left) / Math.max(1, queries.length));
  }

  #query(window: HistoryWindow): HistoricalQuery {
    const { contract, barSize, what, useRth } = this.#job;
    return { contract: lineKey(contract), kind: what, barSize, range: `${window.endDateTime} ${window.duration} ${useRth ? 'rth' : 'all'}` };
  }
}

/** The zone in which a contract's days begin; UTC when the broker names none that is known. */
export function zoneOf(contract: Pick<ResolvedContract, 'timeZoneId'>): TimeZone {
  const named = contract.timeZoneId === undefined ? undefined : twsTimeZone(contract.timeZoneId);
  const zone = named ?? twsTimeZone('UTC');
  if (zone === undefined) throw new RangeError('the runtime knows no UTC');
  return zone;
}

function isWithin(bar: HistoryBar, window: HistoryWindow): boolean {
  if (bar.date !== undefined && window.fromDate !== undefined && window.toDate !== undefined) return bar.date >= window.fromDate && bar.date < window.toDate;
  return bar.time >= window.fromMs && bar.time < window.toMs;
}
