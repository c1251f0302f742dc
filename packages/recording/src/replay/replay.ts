import { abortReason, sleep, systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { RecordedRow } from '../row.js';

/** How rows are played. */
export interface ReplayOptions {
  /** What the waits run on. @defaultValue the machine's */
  readonly clock?: Clock | undefined;
  /** Recorded milliseconds per millisecond of the clock, above 0; `Infinity` never waits. @defaultValue 1 */
  readonly speed?: number | undefined;
  /** Quiet times are cut to so many recorded milliseconds: nights, weekends. @defaultValue Infinity, none are cut */
  readonly maxPauseMs?: number | undefined;
  /** Ends the replay: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

function atLeast0(field: string, value: number, least: number): number {
  if (!(value > least)) throw new UsageError({ field, value, rule: `must be a number above ${least}` });
  return value;
}

/**
 * Gives rows at the pace at which they were received: each when as much time has passed since the first as lay between them in the recording. The first comes at once. A consumer
 * that takes longer than the pause before the next row gets that at once: nothing is left out, and the pace is kept as soon as it catches up. Where the clock
 * was set back while recording, rows come without a pause.
 * @param rows `readRecording(...)`, or any rows in the order of their times
 * @throws UsageError for options out of range, and the signal's reason when it aborts.
 */
export async function* replay(rows: AsyncIterable<RecordedRow> | Iterable<RecordedRow>, options: ReplayOptions = {}): AsyncGenerator<RecordedRow, void, undefined> {
  const { clock = systemClock(), signal } = options;
  const speed = atLeast0('speed', options.speed ?? 1, 0);
  const maxPauseMs = atLeast0('maxPauseMs', options.maxPauseMs ?? Number.POSITIVE_INFINITY, 0);
  const startMs = clock.monotonic();
  let playedMs = 0;
  let lastMs: number | undefined;
  for await (const row of rows) {
    if (signal?.aborted === true) throw abortReason(signal);
    playedMs += Math.min(maxPauseMs, Math.max(0, row.receivedAtMs - (lastMs ?? row.receivedAtMs)));
    lastMs = Math.max(lastMs ?? row.receivedAtMs, row.receivedAtMs);
    const waitMs = startMs + playedMs / speed - clock.monotonic();
    if (waitMs > 0) await sleep(clock, waitMs, { signal });
    yield row;
  }
}
