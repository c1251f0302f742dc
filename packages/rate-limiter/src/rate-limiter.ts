import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { AdaptiveRate } from './adaptive-rate.js';
import { checkDeadline } from './check-range.js';
import { DeadlineHeap } from './deadline-heap.js';
import { GrantWindow } from './grant-window.js';
import { LANES, isUrgent, zeroPerLane } from './lane.js';
import type { Lane } from './lane.js';
import { closedError, deadlineError, queueFullError } from './pacing-errors.js';
import { resolveRateLimiterOptions } from './rate-limiter-options.js';
import type { RateLimiterOptions, ResolvedRateLimiterOptions } from './rate-limiter-options.js';
import { WaitCounts } from './wait-counts.js';
import type { WaitHistogram } from './wait-counts.js';
import { WaitQueue } from './wait-queue.js';
import type { Waiter } from './wait-queue.js';

/** Options of {@link RateLimiter.acquire}. */
export interface AcquireOptions {
  /** The lane to wait in. @defaultValue 'data' */
  readonly priority?: Lane | undefined;
  /** Stops waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait at most, in milliseconds from now; 0 means now or never. @defaultValue no limit */
  readonly deadlineMs?: number | undefined;
}

/** Options of {@link RateLimiter.throttle}. */
export interface ThrottleOptions {
  /** What the present rate is multiplied by, above 0 and below 1. @defaultValue 0.5 */
  readonly factor?: number | undefined;
  /** How long the even climb back to the full rate takes, in milliseconds. @defaultValue 60000 */
  readonly forMs?: number | undefined;
}

/** What a limiter did so far and where it stands. */
export interface RateLimiterStats {
  /** Grants so far, per lane. */
  readonly granted: Readonly<Record<Lane, number>>;
  /** Requests that wait now, per lane. */
  readonly queued: Readonly<Record<Lane, number>>;
  /** The longest that a granted request waited, in milliseconds, per lane. */
  readonly waitedMaxMs: Readonly<Record<Lane, number>>;
  /** How long granted requests waited, those that left at once included, per lane. */
  readonly waits: Readonly<Record<Lane, WaitHistogram>>;
  /** Requests that were refused (queue full), gave up (deadline), were aborted, or were cleared. */
  readonly refused: number;
  readonly expired: number;
  readonly aborted: number;
  readonly cleared: number;
  /** Messages that could leave right now: bulk ones, and urgent ones with the reserve. */
  readonly headroom: { readonly bulk: number; readonly urgent: number };
  /** The bulk rate in force: below the option while a throttle recovers. */
  readonly perSecond: number;
}

/** How far behind its even spacing a queue may catch up after a late timer, so that a stall does not end in a burst. */
const CATCH_UP_MS = 100;

/**
 * Paces messages as the broker counts them: in a sliding window over the times of the grants.
 *
 * In any window of a second the bulk lanes get at most `perSecond` grants, and all lanes together at most `perSecond` plus
 * `reservePerSecond`; the reserve is for cancels and orders alone, and bulk never uses the slots that it stands for. Lanes are served in
 * strict order (see {@link LANES}), each first in, first out. A request that finds a free slot and nobody of its rank before it is granted
 * at once, so an idle limiter lets a burst pass; requests that had to wait leave evenly spaced.
 *
 * A grant says that one message may leave now: send it in the same turn.
 */
export class RateLimiter implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #options: ResolvedRateLimiterOptions;
  readonly #windowMs: number;
  readonly #rate: AdaptiveRate;
  readonly #grants: GrantWindow;
  readonly #queues = new Map<Lane, WaitQueue>(LANES.map((lane) => [lane, new WaitQueue()]));
  readonly #deadlines = new DeadlineHeap();
  readonly #granted = zeroPerLane();
  readonly #waitedMaxMs = zeroPerLane();
  readonly #waits: Readonly<Record<Lane, WaitCounts>> = {
    cancel: new WaitCounts(),
    order: new WaitCounts(),
    heartbeat: new WaitCounts(),
    account: new WaitCounts(),
    data: new WaitCounts(),
    history: new WaitCounts(),
  };
  readonly #left = { refused: 0, expired: 0, aborted: 0, cleared: 0 };
  /** Before this time no bulk request leaves its queue, whatever the window says. */
  #spacedUntilMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #timerDueAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(options: RateLimiterOptions = {}) {
    this.#options = resolveRateLimiterOptions(options);
    this.#clock = this.#options.clock;
    this.#windowMs = 1000 + this.#options.guardMs;
    this.#rate = new AdaptiveRate(this.#options.perSecond);
    this.#grants = new GrantWindow(this.#options.perSecond + this.#options.reservePerSecond);
  }

  /** How many requests wait, in all lanes. */
  get queued(): number {
    let total = 0;
    for (const queue of this.#queues.values()) total += queue.size;
    return total;
  }

  /**
   * Resolves when one message of this lane may leave.
   * An abort or a deadline that comes after the grant does not take it back.
   * @throws the signal's reason when it aborts first; {@link RateLimitError} with code `IBKR_RATE_QUEUE_FULL` when `maxQueued` requests
   * already wait in the lane, `IBKR_RATE_DEADLINE` when the deadline passes first, `IBKR_RATE_CLOSED` when the limiter is closed;
   * what {@link RateLimiter.clear} was given. Throws {@link UsageError} at once for an unknown lane or a negative deadline.
   */
  acquire(options: AcquireOptions = {}): Promise<void> {
    const { priority = 'data', signal, deadlineMs = Number.POSITIVE_INFINITY } = options;
    const queue = this.#queue(priority);
    checkDeadline(deadlineMs);
    if (signal?.aborted === true) {
      this.#left.aborted += 1;
      return Promise.reject(abortReason(signal));
    }
    if (this.#closed) return Promise.reject(closedError());
    const nowMs = this.#clock.monotonic();
    if (this.#grantAtOnce(priority, nowMs)) return Promise.resolve();
    if (deadlineMs === 0) {
      this.#left.expired += 1;
      return Promise.reject(deadlineError(priority, 0));
    }
    if (queue.size >= this.#options.maxQueued) {
      this.#left.refused += 1;
      return Promise.reject(queueFullError(priority, queue.size));
    }
    return this.#wait({ lane: priority, queue, signal, nowMs, deadlineAtMs: nowMs + deadlineMs });
  }

  /**
   * Takes a slot in the same turn, when one is free and nothing of equal or higher rank waits.
   * @returns whether one message may leave now; always `false` once closed
   */
  tryAcquire(priority: Lane = 'data'): boolean {
    this.#queue(priority);
    return !this.#closed && this.#grantAtOnce(priority, this.#clock.monotonic());
  }

  /** Rejects everything that waits with `reason`, as when the session ended. The window keeps its history. */
  clear(reason: IbkrError): void {
    for (const queue of this.#queues.values()) {
      for (let waiter = queue.first; waiter !== undefined; waiter = queue.first) {
        this.#left.cleared += 1;
        this.#remove(waiter);
        waiter.reject(reason);
      }
    }
    this.#arm(this.#clock.monotonic());
  }

  /**
   * Cuts the bulk rate at once and lets it climb back evenly, as the broker's code 100 (max rate exceeded) asks for.
   * The reserve stays. Calls within a window of the last cut are about the same burst and do nothing; later ones cut the rate that is in force.
   * @throws {@link UsageError} when `factor` is not between 0 and 1, or `forMs` is not positive and finite.
   */
  throttle(options: ThrottleOptions = {}): void {
    const { factor = 0.5, forMs = 60_000 } = options;
    if (!(factor > 0 && factor < 1)) throw new UsageError({ field: 'factor', value: factor, rule: 'must be above 0 and below 1' });
    if (!(forMs > 0 && forMs < Number.POSITIVE_INFINITY)) {
      throw new UsageError({ field: 'forMs', value: forMs, rule: 'must be a positive, finite number of milliseconds' });
    }
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#rate.cutAtMs < this.#windowMs) return;
    this.#rate.cut(nowMs, factor, forMs);
    this.#arm(nowMs);
  }

  /** A snapshot of counters and room. */
  stats(): RateLimiterStats {
    const nowMs = this.#clock.monotonic();
    const perSecond = this.#rate.at(nowMs);
    const used = this.#grants.countAfter(nowMs - this.#windowMs);
    const queued = zeroPerLane();
    for (const [lane, queue] of this.#queues) queued[lane] = queue.size;
    return {
      granted: { ...this.#granted },
      queued,
      waitedMaxMs: { ...this.#waitedMaxMs },
      waits: {
        cancel: this.#waits.cancel.histogram(this.#granted.cancel),
        order: this.#waits.order.histogram(this.#granted.order),
        heartbeat: this.#waits.heartbeat.histogram(this.#granted.heartbeat),
        account: this.#waits.account.histogram(this.#granted.account),
        data: this.#waits.data.histogram(this.#granted.data),
        history: this.#waits.history.histogram(this.#granted.history),
      },
      ...this.#left,
      headroom: { bulk: Math.max(0, perSecond - used), urgent: Math.max(0, perSecond + this.#options.reservePerSecond - used) },
      perSecond,
    };
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

  #queue(lane: Lane): WaitQueue {
    const queue = this.#queues.get(lane);
    if (queue === undefined) throw new UsageError({ field: 'priority', value: lane, rule: `must be one of ${LANES.join(', ')}` });
    return queue;
  }

  #wait(request: { lane: Lane; queue: WaitQueue; signal: AbortSignal | undefined; nowMs: number; deadlineAtMs: number }): Promise<void> {
    const { lane, queue, signal, nowMs, deadlineAtMs } = request;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#left.aborted += 1;
        this.#remove(waiter);
        if (signal !== undefined) reject(abortReason(signal));
        this.#arm(this.#clock.monotonic());
      };
      const release = (): void => stopWatching?.();
      const waiter: Waiter = { lane, sinceMs: nowMs, deadlineAtMs, resolve, reject, release, previous: undefined, next: undefined, heapIndex: -1 };
      const stopWatching = signal === undefined ? undefined : onAbort(signal, giveUp);
      queue.push(waiter);
      if (deadlineAtMs < Number.POSITIVE_INFINITY) this.#deadlines.add(waiter);
      this.#arm(nowMs);
    });
  }

  #grantAtOnce(lane: Lane, nowMs: number): boolean {
    for (const [other, queue] of this.#queues) {
      if (queue.size > 0) return false;
      if (other === lane) break;
    }
    if (nowMs < this.#freeAtMs(lane, nowMs)) return false;
    this.#grant(lane, nowMs, nowMs);
    return true;
  }

  /** From when the lane's first request may leave: a slot in the window, and for bulk, once somebody waits, the even spacing. */
  #freeAtMs(lane: Lane, nowMs: number): number {
    const perSecond = this.#rate.at(nowMs);
    if (isUrgent(lane)) return this.#grants.nthNewest(perSecond + this.#options.reservePerSecond) + this.#windowMs;
    // Counting every grant, not only the bulk ones, keeps the reserve free for orders however many orders went before.
    const slotAtMs = this.#grants.nthNewest(perSecond) + this.#windowMs;
    return this.#bulkWaits() ? Math.max(slotAtMs, this.#spacedUntilMs) : slotAtMs;
  }

  #bulkWaits(): boolean {
    for (const [lane, queue] of this.#queues) if (queue.size > 0 && !isUrgent(lane)) return true;
    return false;
  }

  #grant(lane: Lane, nowMs: number, possibleSinceMs: number): void {
    this.#grants.add(nowMs);
    this.#granted[lane] += 1;
    if (isUrgent(lane)) return;
    // Spaced from when the grant was due, not from when a late timer made it: lateness must not add up to a lower rate.
    this.#spacedUntilMs = Math.max(possibleSinceMs, nowMs - CATCH_UP_MS) + this.#windowMs / this.#rate.at(nowMs);
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#timerDueAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonic();
    this.#expire(nowMs);
    // If the first waiter may not leave, nobody behind it may: every bulk condition is stricter than the urgent one.
    for (let waiter = this.#firstWaiter(); waiter !== undefined; waiter = this.#firstWaiter()) {
      const freeAtMs = this.#freeAtMs(waiter.lane, nowMs);
      if (nowMs < freeAtMs) break;
      this.#remove(waiter);
      this.#grant(waiter.lane, nowMs, freeAtMs);
      this.#waitedMaxMs[waiter.lane] = Math.max(this.#waitedMaxMs[waiter.lane], nowMs - waiter.sinceMs);
      this.#waits[waiter.lane].add(nowMs - waiter.sinceMs);
      waiter.resolve();
    }
    this.#arm(nowMs);
  }

  #expire(nowMs: number): void {
    for (let waiter = this.#deadlines.earliest; waiter !== undefined && waiter.deadlineAtMs <= nowMs; waiter = this.#deadlines.earliest) {
      this.#left.expired += 1;
      this.#remove(waiter);
      waiter.reject(deadlineError(waiter.lane, nowMs - waiter.sinceMs));
    }
  }

  #firstWaiter(): Waiter | undefined {
    for (const queue of this.#queues.values()) if (queue.first !== undefined) return queue.first;
    return undefined;
  }

  #remove(waiter: Waiter): void {
    waiter.release();
    this.#queue(waiter.lane).remove(waiter);
    this.#deadlines.remove(waiter);
  }

  /** Keeps one timer, for whatever may let a request leave or give up next; none while nothing waits. */
  #arm(nowMs: number): void {
    const first = this.#firstWaiter();
    const dueAtMs =
      first === undefined
        ? Number.POSITIVE_INFINITY
        : Math.min(
            this.#freeAtMs(first.lane, nowMs),
            this.#rate.nextRiseAtMs(nowMs),
            this.#deadlines.earliest?.deadlineAtMs ?? Number.POSITIVE_INFINITY,
          );
    if (dueAtMs === this.#timerDueAtMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueAtMs = dueAtMs;
    if (first === undefined) return;
    this.#timer = this.#clock.setTimer(dueAtMs - nowMs, () => {
      this.#onTimer();
    });
  }
}
