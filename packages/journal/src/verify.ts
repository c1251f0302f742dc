import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { CHAIN_START, recordFrom } from './chain.js';
import { numberIn, textIn } from './database/database.js';
import type { Database } from './database/database.js';
import { breakOf } from './event-table.js';
import type { ChainBreak, EventTable } from './event-table.js';

/** An end of the chain that was noted elsewhere. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

/** What {@link SqliteJournal.verify} found. */
export type Verification =
  | { readonly ok: true; /** How many records there are. */ readonly records: number; /** To be noted elsewhere: proves later that nothing was cut off. */ readonly anchor: Anchor }
  | { readonly ok: false; /** The first record that is broken. */ readonly seq: number; readonly reason: string };

/** Reads everything and proves every link, every table that is computed from the records, and the pages of the file itself. */
export async function verifyChain(
  { clock, database, events }: { readonly clock: Clock; readonly database: Database; readonly events: EventTable },
  anchor: Anchor | undefined,
): Promise<Verification> {
  const pages = textIn(database.rows({ text: 'quick_check' }, 'FROM pragma_quick_check LIMIT 1')[0], 'text');
  const { seq: end } = events.head();
  const floors = new Map<number, number>();
  let staged = 0;
  let expected = { seq: 1, prevHash: CHAIN_START, term: 0 };
  for (const rows of events.pages(1, end)) {
    for (const row of rows) {
      const found = breakOf(row, expected) ?? anchorBreak(expected.seq, row['hash'], anchor);
      if (found !== undefined) return { ok: false, ...found };
      const record = recordFrom(textIn(row, 'body'));
      if (record?.type === 'order.staged') {
        staged += 1;
        floors.set(record.clientId, Math.max(floors.get(record.clientId) ?? -Infinity, record.orderId));
      }
      if (record?.type === 'idFloor') floors.set(record.clientId, Math.max(floors.get(record.clientId) ?? -Infinity, record.floor));
      expected = { seq: expected.seq + 1, prevHash: textIn(row, 'hash'), term: numberIn(row, 'term') };
    }
    // A long journal must not hold everything else up.
    await sleep(clock, 0);
  }
  if (anchor !== undefined && anchor.seq >= expected.seq) return { ok: false, seq: expected.seq, reason: `the records from here to ${anchor.seq} were cut off` };
  const found = tablesBreak(database, { end, staged, floors });
  if (found !== undefined) return { ok: false, ...found };
  if (pages !== 'ok') return { ok: false, seq: expected.seq, reason: `the records are whole, the file is damaged: ${pages}` };
  return { ok: true, records: end, anchor: { seq: end, hash: expected.prevHash } };
}

function anchorBreak(seq: number, hash: unknown, anchor: Anchor | undefined): ChainBreak | undefined {
  return anchor?.seq === seq && anchor.hash !== hash ? { seq, reason: 'the chain up to here was written anew since it was noted' } : undefined;
}

/** The tables that are computed from the records also show when the last records were cut off. */
function tablesBreak(
  database: Database,
  { end, staged, floors }: { readonly end: number; readonly staged: number; readonly floors: ReadonlyMap<number, number> },
): ChainBreak | undefined {
  const orders = database.rows({ count: 'count(*)', seq: 'coalesce(max(seq), 0)' }, 'FROM intent')[0];
  if (numberIn(orders, 'seq') > end) return { seq: end + 1, reason: `the records from here on were cut off, up to ${numberIn(orders, 'seq')} at least` };
  if (numberIn(orders, 'count') !== staged) return { seq: end, reason: 'the table of orders differs from the records' };
  const kept = new Map(database.rows({ client_id: 'client_id', floor: 'floor' }, 'FROM id_floor').map((row) => [numberIn(row, 'client_id'), numberIn(row, 'floor')]));
  const same = kept.size === floors.size && [...floors].every(([clientId, floor]) => kept.get(clientId) === floor);
  return same ? undefined : { seq: end, reason: 'the table of order id floors differs from the records' };
}
