import type { Clock } from '@ibkit/clock';
import type { OrderError } from '@ibkit/error-codes';
import type { Coordinator } from '../coordinator/coordinator.js';
import { LeaseKeeper } from '../coordinator/lease-keeper.js';
import { OrderLedger } from '../orders/order-ledger.js';
import type { Journal } from './journal.js';
import type { JournalRecord } from './journal-record.js';
import { JournalWriter } from './journal-writer.js';
import { takeOver } from './take-over.js';

/** What {@link openLedger} needs, and whom it tells. */
export interface OpenLedgerOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly coordinator: Coordinator | undefined;
  readonly onLeaseLost: (error: OrderError) => void;
  readonly onJournalStopped: (error: OrderError) => void;
}

/** What the journal says, with the right to go on writing it. */
export interface OpenedLedger {
  readonly ledger: OrderLedger;
  readonly writer: JournalWriter;
  /** Absent without a coordinator. */
  readonly lease: LeaseKeeper | undefined;
}

/** What a crash leaves behind: before `sending` nothing had left, from there on nobody knows. */
function recordsAfterCrash(ledger: OrderLedger, atMs: number): readonly JournalRecord[] {
  return ledger.open().flatMap(({ intentId, status, change }): readonly JournalRecord[] => {
    if (status === 'staged') return [{ type: 'order.unsent', intentId, atMs, reason: 'the process ended before it was sent' }];
    if (status === 'sending') return [{ type: 'order.unknown', intentId, atMs, reason: 'the process ended before the broker answered' }];
    if (change?.status !== 'requested') return [];
    return [{ type: 'order.changeVerdict', intentId, revision: change.revision, atMs, verdict: 'unknown', evidence: 'local', reason: 'the process ended before the broker answered' }];
  });
}

async function read({ clock, journal, onJournalStopped }: OpenLedgerOptions, lease: LeaseKeeper | undefined): Promise<OpenedLedger> {
  const ledger = new OrderLedger();
  const { head, records } = await takeOver({
    journal,
    term: lease?.term,
    now: () => clock.now(),
    onEntry: ({ record }) => ledger.apply(record),
    closing: () => recordsAfterCrash(ledger, clock.now()),
  });
  for (const record of records) ledger.apply(record);
  return { ledger, writer: new JournalWriter({ journal, head, term: head.term, onStopped: onJournalStopped }), lease };
}

/**
 * Acquires the right to trade, reads the journal, and takes it over under a new term.
 * @throws {@link OrderError} `IBKR_JOURNAL_FENCED` when another writer is at it, `IBKR_JOURNAL_FAILED`; what acquiring and reading throw.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<OpenedLedger> {
  const { clock, journal, coordinator, onLeaseLost } = options;
  const lease = await coordinator?.acquire({ above: (await journal.head()).term });
  if (lease === undefined) return read(options, undefined);
  const keeper = new LeaseKeeper({ clock, lease, onLost: onLeaseLost });
  try {
    return await read(options, keeper);
  } catch (error) {
    await keeper.close();
    throw error;
  }
}
