import type { TimeZone } from '@ibkit/clock';

/** A stretch of time, epoch milliseconds; `toMs` is not part of it. */
export interface BarSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Finds the session that an instant lies in: `closed` when it lies in none, `unknown` when nobody knows. */
export type SessionFinder = (atMs: number) => BarSpan | 'closed' | 'unknown';

/** An interval of the grid, with what is known of its session. */
export interface BarSlot extends BarSpan {
  readonly session: BarSpan | 'unknown';
}

/** Everything is one session. */
export const NO_SESSIONS: SessionFinder = () => 'unknown';

const DAY_MS = 86_400_000;
const MORNING_MS = 4 * 3_600_000;

/**
 * Intervals of equal length by the wall clock of a zone, counted from midnight, cut where a session begins and ends. TWS API: so lie the bars of
 * the history service. On days on which the clocks change, those before four o'clock are counted as time passes.
 */
export class BarGrid {
  readonly #sizeMs: number;
  readonly #zone: TimeZone;
  readonly #sessions: SessionFinder;
  #latest: BarSlot | undefined;

  constructor(options: { readonly sizeMs: number; readonly timeZone: TimeZone; readonly sessions: SessionFinder }) {
    this.#sizeMs = options.sizeMs;
    this.#zone = options.timeZone;
    this.#sessions = options.sessions;
  }

  /** The interval that an instant lies in; `undefined` outside of all sessions. */
  slotAt(atMs: number): BarSlot | undefined {
    const latest = this.#latest;
    // What was not known before may be known now.
    if (latest !== undefined && latest.fromMs <= atMs && atMs < latest.toMs && latest.session !== 'unknown') return latest;
    const session = this.#sessions(atMs);
    if (session === 'closed') return undefined;
    const wall = this.#onTheWall(atMs);
    const cut = session === 'unknown' ? wall : { fromMs: Math.max(wall.fromMs, session.fromMs), toMs: Math.min(wall.toMs, session.toMs) };
    this.#latest = Object.freeze({ ...cut, session });
    return this.#latest;
  }

  #onTheWall(atMs: number): BarSpan {
    const latest = this.#latest;
    if (latest?.session === 'unknown' && latest.fromMs <= atMs && atMs < latest.toMs) return latest;
    const date = this.#zone.dateOf(atMs);
    const midnightMs = this.#zone.instantOf(date, 0);
    const nextMs = this.#zone.instantOf(date, DAY_MS);
    if (nextMs - midnightMs === DAY_MS) return this.#counted(atMs, { fromMs: midnightMs, toMs: nextMs }, midnightMs);
    // The clocks change in the small hours, which are counted as they pass; behind them the readings count again.
    const morningMs = this.#zone.instantOf(date, MORNING_MS);
    if (atMs < morningMs) return this.#counted(atMs, { fromMs: midnightMs, toMs: morningMs }, midnightMs);
    return this.#counted(atMs, { fromMs: morningMs, toMs: nextMs }, nextMs - DAY_MS);
  }

  /** The interval around an instant, counted from `zeroMs` and cut to a part of the day. */
  #counted(atMs: number, part: BarSpan, zeroMs: number): BarSpan {
    const fromMs = zeroMs + Math.floor((atMs - zeroMs) / this.#sizeMs) * this.#sizeMs;
    return { fromMs: Math.max(part.fromMs, fromMs), toMs: Math.min(part.toMs, fromMs + this.#sizeMs) };
  }
}
