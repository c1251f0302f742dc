import type { Clock, Timer } from '@ibkit/clock';
import type { RestartCalendar, RestartOccurrence } from './restart-calendar.js';

/** Where we stand in the calendar of restarts. */
export interface RestartOutlook {
  /** `approaching`: the next window begins within the lead time; `inside`: one is going on; `clear`: neither. */
  readonly phase: 'clear' | 'approaching' | 'inside';
  /** The window that is going on, else the next one; absent without a calendar. */
  readonly occurrence: RestartOccurrence | undefined;
}

/** How the outlook changed. */
export type RestartNews =
  | { readonly type: 'approaching'; readonly occurrence: RestartOccurrence; readonly leadMs: number }
  | { readonly type: 'entered'; readonly occurrence: RestartOccurrence }
  | { readonly type: 'left'; readonly occurrence: RestartOccurrence };

export interface RestartWatchOptions {
  readonly calendar: RestartCalendar;
  readonly clock: Clock;
  /** The gateway's time, epoch milliseconds: calendars follow its clock, not ours. */
  readonly serverNow: () => number;
  /** How long before a window it counts as approaching, in milliseconds. */
  readonly leadMs: number;
  readonly onNews: (news: RestartNews) => void;
}

/** Looks again at least this often: a wall clock may be set, and a gateway's clock may be learned, while a timer runs. */
const MAX_TIMER_MS = 60_000;

/** Where `nowMs` stands in a calendar. */
export function restartOutlook(calendar: RestartCalendar, nowMs: number, leadMs: number): RestartOutlook {
  const inside = calendar.at(nowMs);
  if (inside !== undefined) return { phase: 'inside', occurrence: inside };
  const next = calendar.next(nowMs);
  return { phase: next !== undefined && next.fromMs - nowMs <= leadMs ? 'approaching' : 'clear', occurrence: next };
}

/** Tells when a restart window approaches, begins and ends, each once per occurrence. Has no timer without windows. */
export class RestartWatch {
  readonly #options: RestartWatchOptions;
  #timer: Timer | undefined;
  #running = false;
  #inside: RestartOccurrence | undefined;
  #announcedFromMs: number | undefined;

  constructor(options: RestartWatchOptions) {
    this.#options = options;
  }

  get outlook(): RestartOutlook {
    const { calendar, serverNow, leadMs } = this.#options;
    return restartOutlook(calendar, serverNow(), leadMs);
  }

  /** Begins to watch; does nothing while watching or without windows. */
  start(): void {
    if (this.#running || this.#options.calendar.windows.length === 0) return;
    this.#running = true;
    this.#look();
  }

  /** Stops watching. Idempotent. */
  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    const { onNews, serverNow } = this.#options;
    const { phase, occurrence } = this.outlook;
    const left = this.#inside;
    if (left !== undefined && (phase !== 'inside' || occurrence?.fromMs !== left.fromMs)) {
      this.#inside = undefined;
      onNews({ type: 'left', occurrence: left });
    }
    if (occurrence !== undefined && phase === 'inside' && this.#inside === undefined) {
      this.#inside = occurrence;
      onNews({ type: 'entered', occurrence });
    }
    if (occurrence !== undefined && phase === 'approaching' && this.#announcedFromMs !== occurrence.fromMs) {
      this.#announcedFromMs = occurrence.fromMs;
      onNews({ type: 'approaching', occurrence, leadMs: Math.max(0, occurrence.fromMs - serverNow()) });
    }
    this.#arm(phase, occurrence);
  }

  #arm(phase: RestartOutlook['phase'], occurrence: RestartOccurrence | undefined): void {
    // A listener may have stopped the watch.
    if (!this.#running) return;
    const { clock, serverNow, leadMs } = this.#options;
    const boundaryMs = boundaryOf(phase, occurrence, leadMs);
    const waitMs = boundaryMs === undefined ? MAX_TIMER_MS : Math.min(MAX_TIMER_MS, Math.max(1, boundaryMs - serverNow()));
    this.#timer = clock.setTimer(
      waitMs,
      () => {
        this.#look();
      },
      { keepAlive: false },
    );
  }
}

function boundaryOf(phase: RestartOutlook['phase'], occurrence: RestartOccurrence | undefined, leadMs: number): number | undefined {
  if (occurrence === undefined) return undefined;
  switch (phase) {
    case 'inside':
      return occurrence.untilMs;
    case 'approaching':
      return occurrence.fromMs;
    case 'clear':
      return occurrence.fromMs - leadMs;
  }
}
