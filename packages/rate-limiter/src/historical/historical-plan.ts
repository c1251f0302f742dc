import type { PacedQuery } from './historical-query.js';
import type { PacingBook } from './pacing-book.js';
import { PacingQueue } from './pacing-queue.js';
import type { Queued } from './pacing-queue.js';

/** When queries would start and when everything would be there. */
export interface HistoricalPlan {
  /** For each query, in the order given: milliseconds from now until it starts. */
  readonly startsInMs: readonly number[];
  /** Milliseconds until the last answer, when each takes `answerMs`; 0 without queries. */
  readonly totalMs: number;
  /** The same as wall time, epoch milliseconds UTC. */
  readonly etaMs: number;
}

/** Where a plan begins. */
export interface PlanState {
  readonly book: PacingBook;
  readonly waiting: readonly PacedQuery[];
  readonly open: number;
  readonly maxOpen: number;
  readonly pausedUntilMs: number;
  readonly nowMs: number;
  readonly answerMs: number;
}

/** Plays the queue forward, with what waits already before the new queries; gives the start of each new one as a time of the same clock. */
export function playForward(state: PlanState, queries: readonly PacedQuery[]): readonly number[] {
  const { maxOpen, pausedUntilMs, answerMs } = state;
  const book = state.book.copy();
  const queue = new PacingQueue<Queued>();
  for (const query of state.waiting) queue.push({ query });
  const wanted = queries.map((query) => ({ query }));
  for (const item of wanted) queue.push(item);
  const startAtMs = new Map<Queued, number>();
  // What is open now, and what starts in the plan, answers in the order of its start.
  const answersAtMs = Array.from({ length: state.open }, () => state.nowMs + answerMs);
  let answered = 0;
  let nowMs = state.nowMs;
  while (queue.size > 0) {
    while (answered < answersAtMs.length && (answersAtMs[answered] ?? 0) <= nowMs) answered += 1;
    const next = queue.takeDue({ book, open: answersAtMs.length - answered, maxOpen, pausedUntilMs }, nowMs);
    if ('item' in next) {
      if (next.item.query.small) book.note(next.item.query, nowMs);
      startAtMs.set(next.item, nowMs);
      answersAtMs.push(nowMs + answerMs);
    } else {
      const roomAtMs = answersAtMs.length - answered >= maxOpen ? (answersAtMs[answered] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
      nowMs = Math.min(next.againAtMs, roomAtMs);
    }
  }
  return wanted.map((item) => startAtMs.get(item) ?? nowMs);
}
