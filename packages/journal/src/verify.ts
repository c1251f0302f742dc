import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { CHAIN_START, recordFrom } from './chain.js';
import { numberIn, textIn } from './database/database.js';
import type { Database, Row } from './database/database.js';
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
  const proof = new ChainProof(events, anchor);
  for (const found of proof.upTo(events.head().seq)) {
    if (found !== undefined) return { ok: false, ...found };
    // A long journal must not hold everything else up.
    await sleep(clock, 0);
  }
  // What was written meanwhile, and the tables, at one and the same moment: trading goes on while its journal is proven.
  const found = database.reading(() => {
    const { seq: end } = events.head();
    for (const broken of proof.upTo(end)) if (broken !== undefined) return broken;
    return proof.anchorMissing() ?? tablesBreak(database, { end, staged: proof.staged, floors: proof.floors });
  });
  if (found !== undefined) return { ok: false, ...found };
  if (pages !== 'ok') return { ok: false, seq: proof.next, reason: `the records are whole, the file is damaged: ${pages}` };
  return { ok: true, records: proof.next - 1, anchor: { seq: proof.next - 1, hash: proof.hash } };
}

/** Follows the chain, link by link. */
class ChainProof {
  readonly floors = new Map<number, number>();
  readonly #events: EventTable;
  readonly #anchor: Anchor | undefined;
  #staged = 0;
  #expected = { seq: 1, prevHash: CHAIN_START, term: 0 };

  constructor(events: EventTable, anchor: Anchor | undefined) {
    this.#events = events;
    this.#anchor = anchor;
  }

  /** How many orders it has seen. */
  get staged(): number {
    return this.#staged;
  }

  /** The record that comes next. */
  get next(): number {
    return this.#expected.seq;
  }

  /** That of the last record. */
  get hash(): string {
    return this.#expected.prevHash;
  }

  /** Goes on to this record, piece by piece; gives what is broken. */
  *upTo(end: number): Generator<ChainBreak | undefined, void, undefined> {
    for (const rows of this.#events.pages(this.#expected.seq, end)) yield rows.reduce<ChainBreak | undefined>((found, row) => found ?? this.#take(row), undefined);
  }

  /** That the chain ends before what was noted. */
  anchorMissing(): ChainBreak | undefined {
    const { seq } = this.#expected;
    return this.#anchor !== undefined && this.#anchor.seq >= seq ? { seq, reason: `the records from here to ${this.#anchor.seq} were cut off` } : undefined;
  }

  #take(row: Row): ChainBreak | undefined {
    const found = breakOf(row, this.#expected) ?? anchorBreak(this.#expected.seq, row['hash'], this.#anchor);
    if (found !== undefined) return found;
    const record = recordFrom(textIn(row, 'body'));
    if (record?.type === 'order.staged') {
      this.#staged += 1;
      this.#raise(record.clientId, record.orderId);
    }
    if (record?.type === 'idFloor') this.#raise(record.clientId, record.floor);
    this.#expected = { seq: this.#expected.seq + 1, prevHash: textIn(row, 'hash'), term: numberIn(row, 'term') };
    return undefined;
  }

  #raise(clientId: number, floor: number): void {
    this.floors.set(clientId, Math.max(this.floors.get(clientId) ?? -Infinity, floor));
  }
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
