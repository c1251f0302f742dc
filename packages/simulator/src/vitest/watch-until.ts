import { withDeadline } from '@ibkit/clock';
import { TimeoutError, asError } from '@ibkit/error-codes';
import type { Simulator, WitnessEntry } from '@ibkit/simulator';
import { resolveWait } from './wait-options.js';
import type { WaitOptions } from './wait-options.js';

/** How many of the newest entries of the journal a failed wait shows. */
const SHOWN_ENTRIES = 12;

function line({ seq, kind, type, clientId }: WitnessEntry): string {
  return `  #${seq} ${kind} ${type}${clientId === undefined ? '' : ` (client ${clientId})`}`;
}

/** What the simulator saw last, without what orders and messages hold. */
function lastEntries(simulator: Simulator): string {
  const { lastSeq } = simulator.control;
  const newest = simulator.control.journal({ afterSeq: lastSeq - SHOWN_ENTRIES });
  return newest.length === 0 ? 'Its journal is empty.' : `The last that it saw:\n${newest.map(line).join('\n')}`;
}

/**
 * Asks `find` now and behind every new entry of the journal until it gives something.
 * @throws TimeoutError `IBKR_SIMULATOR_WAIT_TIMEOUT`, the signal's reason, or what `find` throws.
 */
export async function watchUntil<T>(simulator: Simulator, find: () => T | undefined, what: string, options: WaitOptions): Promise<T> {
  const { timeoutMs, signal, clock } = resolveWait(options);
  const found = find();
  if (found !== undefined) return found;
  let unwatch = (): void => undefined;
  const work = new Promise<T>((resolve, reject) => {
    let isAsked = false;
    unwatch = simulator.control.watchJournal(() => {
      if (isAsked) return;
      isAsked = true;
      // The entry is made in the middle of what it tells of: look when that is over.
      queueMicrotask(() => {
        isAsked = false;
        try {
          const value = find();
          if (value !== undefined) resolve(value);
        } catch (error) {
          reject(asError(error));
        }
      });
    });
  });
  try {
    return await withDeadline(clock, timeoutMs, work, {
      signal,
      timeoutError: () =>
        new TimeoutError({
          code: 'IBKR_SIMULATOR_WAIT_TIMEOUT',
          message: `The simulator did not see ${what} within ${timeoutMs} ms. ${lastEntries(simulator)}`,
          tips: ['Ask control.journal() for the messages of these entries.', 'In lock-step nothing happens until control.step() moves the clock.'],
        }),
    });
  } finally {
    unwatch();
  }
}
