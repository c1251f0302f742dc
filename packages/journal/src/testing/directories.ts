import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IdFloorRecord, JournalEntry, JournalRecord, StagedRecord } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { sqliteJournal } from '../sqlite-journal.js';
import type { SqliteJournal } from '../sqlite-journal.js';
import type { SqliteJournalOptions } from '../options.js';

/** A directory of a test, with the journals that were opened in it. */
export class JournalDirectory implements AsyncDisposable {
  readonly root = mkdtempSync(path.join(tmpdir(), 'ibkit-journal-'));
  readonly path = path.join(this.root, 'orders');
  readonly file = path.join(this.path, 'journal.db');
  readonly #open: SqliteJournal[] = [];

  async open(options: Partial<SqliteJournalOptions> = {}): Promise<SqliteJournal> {
    const journal = await sqliteJournal({ directory: this.path, ...options });
    this.#open.push(journal);
    return journal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const journal of this.#open) await journal.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A record that reserves ids. */
export function floor(value: number, changes: Partial<IdFloorRecord> = {}): IdFloorRecord {
  return { type: 'idFloor', atMs: 1_700_000_000_000 + value, clientId: 7, floor: value, ...changes };
}

/** A record that stages an order. */
export function staged(orderId: number, changes: Partial<StagedRecord> = {}): StagedRecord {
  return {
    type: 'order.staged',
    atMs: 1_700_000_000_000,
    intentId: `I${orderId}`,
    key: `k${orderId}`,
    requestHash: 'hash',
    request: {
      contract: { conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' },
      action: 'BUY',
      quantity: '0.1',
      orderType: 'LMT',
      limitPrice: '189.95',
      tif: 'DAY',
      outsideRth: false,
    },
    account: 'DU1234567',
    clientId: 1,
    orderId,
    orderRef: `ref-${orderId}`,
    epoch: 1,
    attempt: 1,
    ...changes,
  };
}

/** Everything in a journal. */
export async function entriesOf(journal: Journal): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of journal.read(1)) entries.push(entry);
  return entries;
}

/** Every record in a journal. */
export async function recordsOf(journal: Journal): Promise<readonly JournalRecord[]> {
  return (await entriesOf(journal)).map(({ record }) => record);
}
