import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';

/** How {@link sqliteJournal} opens a journal. */
export interface SqliteJournalOptions {
  /**
   * Where the journal lies: made when it is not there, for its owner's eyes only (0700, files 0600; not on Windows). On a local disk, and
   * for one gateway, client id and mode: order ids and keys belong to those.
   */
  readonly directory: string;
  /**
   * Directories of the other journals of the same gateway, those of other client ids, as they are at the time of the call: an order whose key was used in one
   * of them, and may have left, is refused here (`KEY_TAKEN`). See {@link journalNeighbours}. @defaultValue none
   */
  readonly neighbours?: (() => readonly string[]) | undefined;
  /** For stamps and waiting. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Looks only: nothing is made, migrated or written, and a program that owns the journal is not disturbed. @defaultValue false */
  readonly readOnly?: boolean | undefined;
  /** How long an append waits while another program is writing into the file, milliseconds. @defaultValue 2000 */
  readonly busyTimeoutMs?: number | undefined;
  /** How often watchers of the coordinator look for a change, milliseconds. @defaultValue 1000 */
  readonly watchEveryMs?: number | undefined;
}

/** The defaults of {@link SqliteJournalOptions}. */
export const DEFAULT_SQLITE_JOURNAL = Object.freeze({ readOnly: false, busyTimeoutMs: 2_000, watchEveryMs: 1_000 } as const);

/** {@link SqliteJournalOptions} with every value in place. */
export interface ResolvedJournalOptions {
  readonly directory: string;
  readonly neighbours: () => readonly string[];
  readonly clock: Clock;
  readonly readOnly: boolean;
  readonly busyTimeoutMs: number;
  readonly watchEveryMs: number;
}

function checked(field: string, value: number, min: number): number {
  if (Number.isFinite(value) && value >= min) return value;
  throw new UsageError({ field, value, rule: `must be a finite number of milliseconds, at least ${min}` });
}

/** @throws {@link UsageError} that names option, value and rule. */
export function resolveJournalOptions(options: SqliteJournalOptions): ResolvedJournalOptions {
  const { directory, clock, readOnly = DEFAULT_SQLITE_JOURNAL.readOnly } = options;
  if (directory === '') throw new UsageError({ field: 'directory', value: directory, rule: 'must be the path of a directory' });
  return {
    directory,
    neighbours: options.neighbours ?? ((): readonly string[] => []),
    clock: clock ?? systemClock(),
    readOnly,
    busyTimeoutMs: checked('busyTimeoutMs', options.busyTimeoutMs ?? DEFAULT_SQLITE_JOURNAL.busyTimeoutMs, 0),
    watchEveryMs: checked('watchEveryMs', options.watchEveryMs ?? DEFAULT_SQLITE_JOURNAL.watchEveryMs, 1),
  };
}
