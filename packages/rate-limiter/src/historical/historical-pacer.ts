import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { RateLimitError, describeError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { checkDeadline, checkMilliseconds } from '../check-range.js';
import { resolveHistoricalPacerOptions } from './historical-options.js';
import type { HistoricalPacerOptions, PastQuery, ResolvedHistoricalPacerOptions } from './historical-options.js';
import { playForward } from './historical-plan.js';
import type { HistoricalPlan } from './historical-plan.js';
import { pacedQuery } from './historical-query.js';
import type { HistoricalQuery, PacedQuery } from './historical-query.js';
import { PacingBook } from './pacing-book.js';
import { PacingQueue } from './pacing-queue.js';

/** What {@link HistoricalPacer.acquire} takes. */
export interface HistoricalAcquireOptions extends HistoricalQuery {
  /** Stops waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, in milliseconds from now; 0 means now or never. @defaultValue no limit */
  readonly deadlineMs?: number | undefined;
}

/** Leave to send one query. It counts as open until it is released. */
export interface HistoricalPermit extends Disposable {
  /** Says that the query has its answer, failed or was cancelled. Idempotent. */
  release(): void;
}

/** What a pacer did so far and where it stands. */
export interface HistoricalPacerStats {
  readonly granted: number;
  /** Queries that wait now. */
  readonly queued: number;
  /** Queries without their answer yet. */
  readonly open: number;
  /** What counts against the window of small-bar queries now, and how much more it takes. */
  readonly used: number;
  readonly room: number;
  /** Milliseconds until the pause after a violation ends, 0 without one. */
  readonly pausedForMs: number;
  /** Pacing violations that the broker reported, a burst counted once. */
  readonly violations: number;
}

interface Waiter {
  readonly query: PacedQuery;
  readonly sinceMs: number;
  readonly resolve: (permit: HistoricalPermit) => void;
  readonly reject: (reason: Error) => void;
  /** Lets go of deadline and abort listener. */
  readonly release: () => void;
}

/**
 * Paces historical queries by the broker's rules: 60 small-bar queries in ten minutes with `BID_ASK` counted double, no identical one within
 * 15 seconds, fewer than six of one contract and kind within two seconds, and at most 50 open of every size (TWS API: historical data
 * limitations). Bars of a minute and more are free of all but the last.
 *
 * First come, first served; a query that waits for the window is overtaken only by those that the window does not count, and one that
 * waits for its contract or its twin keeps its share of the window. The rules count per user: keep one pacer over reconnects.
 */
export class HistoricalPacer implements AsyncDisposable {
  readonly #options: ResolvedHistoricalPacerOptions;
  readonly #clock: Clock;
  readonly #book: PacingBook;
  readonly #queue = new PacingQueue<Waiter>();
  #open = new Set<object>();
  #granted = 0;
  #violations = 0;
  #pauseMs = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #timerDueAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: HistoricalPacerOptions = {}) {
    this.#options = resolveHistoricalPacerOptions(options);
    this.#clock = this.#options.clock;
    const nowMs = this.#clock.monotonic();
    const wallNowMs = this.#clock.now();
    const past = [...this.#options.past].sort((a, b) => a.sentAtMs - b.sentAtMs);
    this.#book = new PacingBook(
      this.#options,
      past.map(({ sentAtMs, identity, contract, weight }) => ({ atMs: nowMs - Math.max(0, wallNowMs - sentAtMs), query: { identity, contract, weight, small: true } })),
    );
  }

  /**
   * Resolves when the query may leave: send it at once, and release the permit when its answer is complete, failed or cancelled.
   * @throws the signal's reason when it aborts first; {@link RateLimitError} with code `IBKR_RATE_QUEUE_FULL`, `IBKR_RATE_DEADLINE` (with
   * `details.startsInMs`, when it would have started) or `IBKR_RATE_CLOSED`; what {@link HistoricalPacer.clear} was given.
   * Throws {@link UsageError} at once for a deadline out of range.
   */
  acquire(options: HistoricalAcquireOptions): Promise<HistoricalPermit> {
    const { signal, deadlineMs = Number.POSITIVE_INFINITY } = options;
    checkDeadline(deadlineMs);
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const query = pacedQuery(options, this.#options);
      const nowMs = this.#clock.monotonic();
      const giveUp = (reason: () => Error): void => {
        if (!this.#leave(waiter)) return;
        reject(reason());
        this.#serve();
      };
      const aborted = (): void => {
        giveUp(() => (signal === undefined ? closedError() : abortReason(signal)));
      };
      const onDeadline = (): void => {
        giveUp(() => deadlineError(this.#clock.monotonic() - nowMs, this.#startInMs(query)));
      };
      let deadline: Timer | undefined;
      let stopWatching: (() => void) | undefined;
      const release = (): void => {
        deadline?.cancel();
        stopWatching?.();
      };
      const waiter: Waiter = { query, sinceMs: nowMs, resolve, reject, release };
      this.#queue.push(waiter);
      this.#serve();
      if (!this.#queue.has(waiter)) return;
      if (deadlineMs === 0 || this.#queue.size > this.#options.maxQueued) {
        giveUp(() => (deadlineMs === 0 ? deadlineError(0, this.#startInMs(query)) : queueFullError(this.#queue.size)));
        return;
      }
      if (signal !== undefined) stopWatching = onAbort(signal, aborted);
      if (deadlineMs < Number.POSITIVE_INFINITY) deadline = this.#clock.setTimer(deadlineMs, onDeadline);
    });
  }

  /**
   * When queries would start if they were asked for now, behind those that wait already. Nothing is reserved.
   * @param options `answerMs`: what an answer takes, for the limit of open queries and the end @defaultValue 1000
   */
  plan(queries: readonly HistoricalQuery[], options: { readonly answerMs?: number | undefined } = {}): HistoricalPlan {
    const { answerMs = 1000 } = options;
    checkMilliseconds('answerMs', answerMs);
    const nowMs = this.#clock.monotonic();
    const startsAtMs = this.#play(queries.map((query) => pacedQuery(query, this.#options)), answerMs, nowMs);
    const startsInMs = startsAtMs.map((atMs) => Math.max(0, atMs - nowMs));
    const totalMs = startsInMs.reduce((most, inMs) => Math.max(most, inMs + answerMs), 0);
    return { startsInMs, totalMs, etaMs: this.#clock.now() + totalMs };
  }

  /**
   * Tells the pacer of an error that a historical query was answered with. When it is a pacing violation (codes 162 and 420 with that text),
   * nothing leaves for `pauseMs`, doubled for each violation that follows within the window; reports during a pause are about the same burst.
   * @returns whether it was one; the query may then be asked again, through {@link HistoricalPacer.acquire}
   */
  reportError(code: number, text: string): boolean {
    if (describeError(code, text).category !== 'pacing' || !/pacing/iu.test(text)) return false;
    const { pauseMs, maxPauseMs, windowMs } = this.#options;
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#pausedUntilMs) return true;
    const again = nowMs < this.#pausedUntilMs + windowMs;
    this.#violations += 1;
    this.#pauseMs = again ? Math.min(maxPauseMs, this.#pauseMs * 2) : pauseMs;
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    this.#serve();
    return true;
  }

  /** A snapshot of counters and room. */
  stats(): HistoricalPacerStats {
    const nowMs = this.#clock.monotonic();
    const used = this.#book.used(nowMs);
    return {
      granted: this.#granted,
      queued: this.#queue.size,
      open: this.#open.size,
      used,
      room: Math.max(0, this.#options.mostInWindow - used),
      pausedForMs: Math.max(0, this.#pausedUntilMs - nowMs),
      violations: this.#violations,
    };
  }

  /** What was sent and still counts, as plain data to keep for the next process (option `past`), oldest first. */
  past(): readonly PastQuery[] {
    const nowMs = this.#clock.monotonic();
    const wallNowMs = this.#clock.now();
    return this.#book.entries(nowMs).map(({ atMs, query: { identity, contract, weight } }) => ({ sentAtMs: Math.round(wallNowMs - (nowMs - atMs)), identity, contract, weight }));
  }

  /** As when the session ended: rejects everything that waits with `reason` and counts nothing as open any more. What was sent still counts. */
  clear(reason: IbkrError): void {
    this.#open = new Set();
    for (const waiter of this.#queue.items()) if (this.#leave(waiter)) waiter.reject(reason);
    this.#serve();
  }

  /** Rejects everything that waits and refuses everything later, with `IBKR_RATE_CLOSED`. Idempotent. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.clear(closedError());
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes a waiter out; says whether it still waited. */
  #leave(waiter: Waiter): boolean {
    waiter.release();
    return this.#queue.remove(waiter);
  }

  #play(queries: readonly PacedQuery[], answerMs: number, nowMs: number): readonly number[] {
    return playForward(
      {
        book: this.#book,
        waiting: this.#queue.items().map(({ query }) => query),
        open: this.#open.size,
        maxOpen: this.#options.maxOpen,
        pausedUntilMs: this.#pausedUntilMs,
        nowMs,
        answerMs,
      },
      queries,
    );
  }

  #startInMs(query: PacedQuery): number {
    const nowMs = this.#clock.monotonic();
    const [atMs = 0] = this.#play([query], 1000, nowMs);
    return Math.max(0, Math.round(atMs - nowMs));
  }

  #serve(): void {
    const nowMs = this.#clock.monotonic();
    for (;;) {
      const state = { book: this.#book, open: this.#open.size, maxOpen: this.#options.maxOpen, pausedUntilMs: this.#pausedUntilMs };
      const next = this.#queue.takeDue(state, nowMs);
      if (!('item' in next)) {
        this.#arm(next.againAtMs, nowMs);
        return;
      }
      const waiter = next.item;
      waiter.release();
      if (waiter.query.small) this.#book.note(waiter.query, nowMs);
      this.#granted += 1;
      waiter.resolve(this.#permit());
    }
  }

  #permit(): HistoricalPermit {
    const token = {};
    this.#open.add(token);
    const release = (): void => {
      if (this.#open.delete(token)) this.#serve();
    };
    return { release, [Symbol.dispose]: release };
  }

  /** Keeps one timer for the next turn; none while nothing waits for time. */
  #arm(dueAtMs: number, nowMs: number): void {
    const wantedAtMs = this.#queue.size === 0 ? Number.POSITIVE_INFINITY : dueAtMs;
    if (wantedAtMs === this.#timerDueAtMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueAtMs = wantedAtMs;
    if (wantedAtMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(wantedAtMs - nowMs, () => {
      this.#timer = undefined;
      this.#timerDueAtMs = Number.POSITIVE_INFINITY;
      this.#serve();
    });
  }
}

function closedError(): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_CLOSED',
    message: 'The historical pacer is closed: no query may leave through it. Make a new one, and keep it over reconnects.',
    retryable: false,
  });
}

function deadlineError(waitedMs: number, startsInMs: number): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_DEADLINE',
    message: `The historical query could not leave within its deadline (${Math.round(waitedMs)} ms) and was not sent: the broker's pacing rules let it start in ${startsInMs} ms. Allow more time, or take bars of a minute and more.`,
    details: { waitedMs, startsInMs },
  });
}

function queueFullError(queued: number): RateLimitError {
  return new RateLimitError({
    code: 'IBKR_RATE_QUEUE_FULL',
    message: `${queued} historical queries already wait, as many as maxQueued allows: the query was not sent. Wait for answers before asking more.`,
    details: { queued },
  });
}
