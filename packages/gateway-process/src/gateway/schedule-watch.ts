import type { Clock, Timer } from '@ibkit/clock';
import type { Schedule, ScheduledEvent } from '../schedule/schedule.js';

/** What the watch tells. */
export interface ScheduleListener {
  /** `leadMs` or less are left. */
  onAhead(event: ScheduledEvent): void;
  /** A person will be needed. */
  onReminder(event: ScheduledEvent): void;
}

/** Looks again at least this often: a clock may be set while a timer runs. */
const LONGEST_WAIT_MS = 60_000;

/** Tells each restart and each login of the week ahead of its time, once. */
export class ScheduleWatch {
  readonly #schedule: Schedule;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #listener: ScheduleListener;
  readonly #told = new Set<string>();
  #timer: Timer | undefined;
  #lastMs: number;

  constructor(options: { readonly schedule: Schedule; readonly clock: Clock; readonly now: () => number; readonly listener: ScheduleListener }) {
    this.#schedule = options.schedule;
    this.#clock = options.clock;
    this.#now = options.now;
    this.#listener = options.listener;
    this.#lastMs = options.now();
  }

  start(): void {
    this.#timer ??= this.#clock.setTimer(0, this.#look, { keepAlive: false });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    const now = this.#now();
    // Whatever a clock that was set back has told once may come again; the time of a gateway is an estimate and trembles.
    if (now < this.#lastMs - LONGEST_WAIT_MS) this.#told.clear();
    this.#lastMs = now;
    let waitMs = LONGEST_WAIT_MS;
    for (const kind of ['dailyRestart', 'weeklyLogin'] as const) {
      const event = this.#schedule.next(now, kind);
      if (event === undefined) continue;
      const leftMs = event.fromMs - now;
      const leads = kind === 'weeklyLogin' ? [this.#schedule.leadMs, ...this.#schedule.remindersMs] : [this.#schedule.leadMs];
      waitMs = leads.reduce((wait, leadMs) => (leftMs > leadMs ? Math.min(wait, leftMs - leadMs) : wait), waitMs);
      if (leftMs <= this.#schedule.leadMs) this.#once(`${kind} ${event.fromMs} ahead`, () => { this.#listener.onAhead(event); });
      if (kind !== 'weeklyLogin') continue;
      // Of several reminders that are due, one is enough.
      const due = this.#schedule.remindersMs.filter((leadMs) => leftMs <= leadMs);
      if (due.length > 0) this.#once(`${kind} ${event.fromMs} reminder ${Math.min(...due)}`, () => { this.#listener.onReminder(event); });
    }
    this.#timer = this.#clock.setTimer(Math.max(1, waitMs), this.#look, { keepAlive: false });
  };

  #once(name: string, tell: () => void): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    tell();
  }
}
