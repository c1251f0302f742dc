import type { Simulator, WitnessEntry, WitnessFilter } from '@ibkit/simulator';
import type { WaitOptions } from './wait-options.js';
import { watchUntil } from './watch-until.js';

/** Which entry to wait for: a filter as for `control.journal`, or a test of the entry. */
export type JournalWish = WitnessFilter | ((entry: WitnessEntry) => boolean);

function nameOf(wish: JournalWish): string {
  return typeof wish === 'function' ? 'an entry that fits' : `an entry with ${JSON.stringify(wish)}`;
}

/**
 * Waits until the simulator has seen something: a request (`{ kind: 'in', type: 'placeOrder' }`), an order, a fill, a client. The first entry that fits, past or to come.
 * To wait for what comes after a moment, give `afterSeq: simulator.control.lastSeq`, read at that moment.
 *
 * @throws TimeoutError `IBKR_SIMULATOR_WAIT_TIMEOUT` when nothing fits in time; it lists what was seen last. @throws The signal's reason when it aborts.
 */
export function waitForJournal(simulator: Simulator, wish: JournalWish, options: WaitOptions = {}): Promise<WitnessEntry> {
  let seenSeq = 0;
  const isWanted = typeof wish === 'function' ? wish : (): boolean => true;
  const filter = typeof wish === 'function' ? {} : wish;
  const find = (): WitnessEntry | undefined => {
    const fresh = simulator.control.journal({ ...filter, afterSeq: Math.max(filter.afterSeq ?? 0, seenSeq) });
    seenSeq = simulator.control.lastSeq;
    return fresh.find(isWanted);
  };
  return watchUntil(simulator, find, nameOf(wish), options);
}
