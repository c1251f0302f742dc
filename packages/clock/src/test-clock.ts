import { checkDelay } from './clock.js';
import type { Clock, Timer } from './clock.js';
import { TimerQueue } from './timer-queue.js';

/** Where a test clock starts. */
export interface TestClockOptions {
  /** Wall time at the start, epoch milliseconds. @defaultValue 2024-01-02T14:30:00Z, a New York session's open */
  readonly nowMs?: number | undefined;
}

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** How many timers are pending: 0 at the end of a test that leaks nothing. */
  readonly pending: number;
  /** Moves time forward, firing timers in due order and letting promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Lets promises settle without moving time. */
  settle(): Promise<void>;
  /** Moves the wall clock alone, as an operator or a time server would. */
  setNow(nowMs: number): void;
}

/** Enough turns of the microtask queue for chains of awaits that a fired timer starts. */
const SETTLE_TURNS = 50;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await Promise.resolve();
}

/** Makes a {@link TestClock}. */
export function createTestClock(options: TestClockOptions = {}): TestClock {
  const queue = new TimerQueue();
  let wallOffsetMs = options.nowMs ?? Date.UTC(2024, 0, 2, 14, 30);
  let elapsedMs = 0;
  return {
    now: () => wallOffsetMs + elapsedMs,
    monotonic: () => elapsedMs,
    setTimer(delayMs: number, fire: () => void): Timer {
      checkDelay(delayMs);
      return queue.add(elapsedMs + Math.max(0, delayMs), fire);
    },
    get pending(): number {
      return queue.size;
    },
    async advance(ms: number): Promise<void> {
      const targetMs = elapsedMs + ms;
      await settle();
      let due = queue.takeDue(targetMs);
      while (due !== undefined) {
        elapsedMs = Math.max(elapsedMs, due.dueAtMs);
        due.fire();
        await settle();
        due = queue.takeDue(targetMs);
      }
      elapsedMs = targetMs;
      await settle();
    },
    settle,
    setNow(nowMs: number): void {
      wallOffsetMs = nowMs - elapsedMs;
    },
  };
}
