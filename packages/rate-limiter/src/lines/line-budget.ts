import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { exhaustedError, tooSoonError } from './line-errors.js';
import { LINE_KINDS, LINE_PRIORITIES, resolveLineBudgetOptions } from './line-limits.js';
import type { LineBudgetOptions, LineKind, LinePriority, ResolvedLineBudgetOptions } from './line-limits.js';

/** What {@link LineBudget.take} takes. */
export interface TakeLineOptions {
  /** @defaultValue 'quotes' */
  readonly kind?: LineKind | undefined;
  /** What the line is for, as the usage report names it, and for tick-by-tick what counts as one instrument: `AAPL@SMART`. */
  readonly key: string;
  /** @defaultValue 'normal' */
  readonly priority?: LinePriority | undefined;
  /**
   * Called when the line is taken back for one of higher priority; without it the line cannot be taken back.
   * Send the cancel before it returns: the other subscription leaves right after. When it throws, the line stays with its holder.
   */
  readonly onPreempted?: (() => void) | undefined;
}

/** One line of the budget, held until it is released. */
export interface LineLease extends Disposable {
  readonly kind: LineKind;
  readonly key: string;
  readonly priority: LinePriority;
  /** Whether it is still held: false once released or taken back. */
  readonly held: boolean;
  /** Gives the line back. Idempotent. */
  release(): void;
  /**
   * Gives the line back because the broker refused it (codes 101, 309, 10190): somebody else holds lines of this user, so the limit is
   * what is in use without it, until `learnedForMs` have passed. Idempotent.
   */
  refused(): void;
}

/** Where one kind of line stands. */
export interface LineUsage {
  /** The limit in force, below the configured one while a refusal of the broker is believed. */
  readonly limit: number;
  readonly configured: number;
  readonly used: number;
  readonly free: number;
  readonly byPriority: Readonly<Record<LinePriority, number>>;
  /** The keys of what is held, oldest first. */
  readonly keys: readonly string[];
  /** So far: requests refused before sending, leases taken back, refusals by the broker. */
  readonly refused: number;
  readonly preempted: number;
  readonly refusedByBroker: number;
}

interface Held {
  readonly kind: LineKind;
  readonly key: string;
  readonly priority: LinePriority;
  readonly onPreempted: (() => void) | undefined;
}

interface KindState {
  /** Oldest first. */
  readonly held: Set<Held>;
  learned: { readonly limit: number; readonly untilMs: number } | undefined;
  refused: number;
  preempted: number;
  refusedByBroker: number;
}

/**
 * Counts the subscriptions that the broker allows, and says no before one is sent that it would refuse.
 *
 * A refused subscription at the broker (code 101, 309 or 10190) is easy to miss and looks like a quiet market; here it is a typed error at
 * the call. A request of higher priority takes back the newest line of the lowest priority below it whose holder allows that.
 */
export class LineBudget {
  readonly #options: ResolvedLineBudgetOptions;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<LineKind, KindState>;
  /** When each instrument was last asked for tick by tick. */
  readonly #askedAtMs = new Map<string, number>();

  constructor(options: LineBudgetOptions = {}) {
    this.#options = resolveLineBudgetOptions(options);
    this.#clock = this.#options.clock;
    this.#kinds = new Map(LINE_KINDS.map((kind) => [kind, { held: new Set<Held>(), learned: undefined, refused: 0, preempted: 0, refusedByBroker: 0 }]));
  }

  /**
   * Takes a line, or says why not; nothing waits.
   * @throws {@link RateLimitError} with code `IBKR_RATE_LINES_EXHAUSTED`, or `IBKR_RATE_INSTRUMENT_TOO_SOON` for a second tick-by-tick request
   * of one instrument within 15 seconds; both are retryable. {@link UsageError} for an unknown kind or priority.
   */
  take(options: TakeLineOptions): LineLease {
    const { kind = 'quotes', key, priority = 'normal', onPreempted } = options;
    const state = this.#state(kind);
    if (!LINE_PRIORITIES.includes(priority)) throw new UsageError({ field: 'priority', value: priority, rule: `must be one of ${LINE_PRIORITIES.join(', ')}` });
    const nowMs = this.#clock.monotonic();
    if (kind === 'tickByTick') this.#checkGap(key, nowMs, state);
    this.#makeRoom(kind, state, priority);
    if (kind === 'tickByTick') this.#askedAtMs.set(key, nowMs);
    const held: Held = { kind, key, priority, onPreempted };
    state.held.add(held);
    return this.#lease(state, held);
  }

  /** Where each kind stands. */
  usage(): Readonly<Record<LineKind, LineUsage>> {
    return { quotes: this.#usageOf('quotes'), tickByTick: this.#usageOf('tickByTick'), depth: this.#usageOf('depth') };
  }

  #state(kind: LineKind): KindState {
    const state = this.#kinds.get(kind);
    if (state === undefined) throw new UsageError({ field: 'kind', value: kind, rule: `must be one of ${LINE_KINDS.join(', ')}` });
    return state;
  }

  #lease(state: KindState, held: Held): LineLease {
    const release = (): void => {
      state.held.delete(held);
    };
    const refused = (): void => {
      if (!state.held.delete(held)) return;
      state.refusedByBroker += 1;
      // One at least, so that it is seen when there is room again.
      state.learned = { limit: Math.max(1, state.held.size), untilMs: this.#clock.monotonic() + this.#options.learnedForMs };
    };
    return {
      kind: held.kind,
      key: held.key,
      priority: held.priority,
      get held(): boolean {
        return state.held.has(held);
      },
      release,
      refused,
      [Symbol.dispose]: release,
    };
  }

  #limit(kind: LineKind, state: KindState): number {
    if (state.learned !== undefined && state.learned.untilMs <= this.#clock.monotonic()) state.learned = undefined;
    return Math.min(this.#options.limits[kind], state.learned?.limit ?? Number.POSITIVE_INFINITY);
  }

  #makeRoom(kind: LineKind, state: KindState, priority: LinePriority): void {
    const limit = this.#limit(kind, state);
    const reserved = kind === 'quotes' && priority !== 'trading' ? this.#options.reserve : 0;
    const fits = (): boolean => state.held.size < limit - reserved;
    const candidates = fits() ? [] : victims(state.held, priority);
    // Nobody gives way for nothing.
    const enough = state.held.size - candidates.length < limit - reserved;
    let cause: unknown;
    for (const victim of enough ? candidates : []) {
      try {
        victim.onPreempted?.();
      } catch (error) {
        cause = error;
        continue;
      }
      // The holder may have released it by itself, and more than this one.
      if (state.held.delete(victim)) state.preempted += 1;
      if (fits()) return;
    }
    if (fits()) return;
    state.refused += 1;
    throw exhaustedError(kind, { used: state.held.size, limit: limit - reserved, cause });
  }

  #checkGap(key: string, nowMs: number, state: KindState): void {
    for (const [other, atMs] of this.#askedAtMs) if (atMs + this.#options.tickByTickGapMs <= nowMs) this.#askedAtMs.delete(other);
    const askedAtMs = this.#askedAtMs.get(key);
    if (askedAtMs === undefined) return;
    state.refused += 1;
    throw tooSoonError(askedAtMs + this.#options.tickByTickGapMs - nowMs);
  }

  #usageOf(kind: LineKind): LineUsage {
    const state = this.#state(kind);
    const limit = this.#limit(kind, state);
    const byPriority = { trading: 0, normal: 0, background: 0 };
    for (const { priority } of state.held) byPriority[priority] += 1;
    const { refused, preempted, refusedByBroker } = state;
    return {
      limit,
      configured: this.#options.limits[kind],
      used: state.held.size,
      free: Math.max(0, limit - state.held.size),
      byPriority,
      keys: [...state.held].map(({ key }) => key),
      refused,
      preempted,
      refusedByBroker,
    };
  }
}

/** Who may have to give way, first to go first: the lowest priority, and in it the newest. */
function victims(held: ReadonlySet<Held>, priority: LinePriority): readonly Held[] {
  const rank = (of: LinePriority): number => LINE_PRIORITIES.indexOf(of);
  return [...held]
    .reverse()
    .filter((other) => other.onPreempted !== undefined && rank(other.priority) > rank(priority))
    .sort((a, b) => rank(b.priority) - rank(a.priority));
}
