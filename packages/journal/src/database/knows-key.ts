import { existsSync } from 'node:fs';
import type { Clock } from '@ibkit/clock';
import { Database } from './database.js';
import { MIGRATIONS, checkedVersion } from './migrations.js';
import { journalError } from './sqlite-failure.js';

/** How long to wait for a program that is bringing the file in order after a crash, milliseconds. It holds this process. */
const BUSY_MS = 100;

/**
 * Whether the journal in a file has an order of the account with this key that may have left; no when there is no journal. What was committed before the call is seen.
 * The file is not kept open, so that its owner may move it.
 * @throws SystemError `IBKR_JOURNAL_*` that names the file.
 */
export function knowsKey({ file, clock, account, key }: { readonly file: string; readonly clock: Clock; readonly account: string; readonly key: string }): boolean {
  if (!existsSync(file)) return false;
  try {
    const database = Database.look({ file, clock, busyTimeoutMs: BUSY_MS, readOnly: true });
    try {
      // Somebody is just making it: nothing was placed with it.
      if (checkedVersion(database, MIGRATIONS.length) === 0) return false;
      const unsent = "SELECT 1 FROM event WHERE event.intent_id = intent.intent_id AND type = 'order.unsent'";
      return database.rows({ seq: 'seq' }, `FROM intent WHERE account = ?1 AND key = ?2 AND NOT EXISTS (${unsent})`, account, key).length > 0;
    } finally {
      database.close();
    }
  } catch (error) {
    throw journalError(error, file);
  }
}
