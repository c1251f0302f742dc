import { sleep } from '@ibkit/clock';
import type { CommandContext } from '../config/globals.js';

/** Resolves when the user asked to stop, or after `forMs` milliseconds. */
export async function stopped({ io, clock }: CommandContext, forMs: number | undefined): Promise<void> {
  try {
    await sleep(clock, forMs ?? Number.POSITIVE_INFINITY, { signal: io.stop });
  } catch (error) {
    if (!io.stop.aborted) throw error;
  }
}

/** A signal that aborts when the user asks to stop, or after `forMs` milliseconds; `cancel` frees its timer. */
export function stopSignal({ io, clock }: CommandContext, forMs: number | undefined): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const ended = new AbortController();
  const timer = clock.setTimer(forMs ?? Number.POSITIVE_INFINITY, () => {
    ended.abort(new Error('the time asked for is over'));
  });
  return {
    signal: AbortSignal.any([io.stop, ended.signal]),
    cancel: () => {
      timer.cancel();
    },
  };
}
