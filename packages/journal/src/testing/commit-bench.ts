// What the journal costs, in figures: `npx tsx --conditions=@ibkit/source src/testing/commit-bench.ts [DIRECTORY]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import type { JournalRecord } from '@ibkit/gateway-trading';
import { DatabaseSync } from '@photostructure/sqlite';
import { sqliteJournal } from '../sqlite-journal.js';
import { staged } from './directories.js';

const clock = systemClock();
const directory = mkdtempSync(path.join(process.argv[2] ?? tmpdir(), 'ibkit-bench-'));
const ROUNDS = 1_000;
const GROUP = 20;

function print(what: string, times: readonly number[], unit = 'ms'): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(unit === 'ms' ? 2 : 1);
  process.stdout.write(`${what}: median ${at(0.5)} ${unit}, p99 ${at(0.99)} ${unit}\n`);
}

/** What every order writes before its bytes. */
function orderAt(orderId: number): readonly JournalRecord[] {
  return [staged(orderId), { type: 'order.sending', intentId: `I${orderId}`, atMs: 1 }];
}

const journal = await sqliteJournal({ directory });
const lease = await journal.coordinator.acquire();
const { term } = lease;
let seq = 0;
let orderId = 0;

// The bound: the same bytes in a bare table, committed as durably, in turns with the journal because the disk has moods.
const bare = new DatabaseSync(path.join(directory, 'bare.db'));
bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT)');
const insert = bare.prepare('INSERT INTO event (body) VALUES (?)');
const times = { journal: [] as number[], bare: [] as number[], group: [] as number[], held: [] as number[] };

async function timed(into: number[], work: () => unknown, share = 1): Promise<void> {
  const start = clock.monotonic();
  await work();
  into.push((clock.monotonic() - start) / share);
}

for (let round = 0; round < ROUNDS; round += 1) {
  orderId += 1;
  const records = orderAt(orderId);
  await timed(times.journal, async () => {
    const result = await journal.append(records, { term, expectedSeq: seq });
    if (result.status === 'ok') ({ seq } = result);
  });
  const bodies = records.map((record) => JSON.stringify(record));
  await timed(times.bare, () => {
    bare.exec('BEGIN IMMEDIATE');
    for (const body of bodies) insert.run(body);
    bare.exec('COMMIT');
  });
  await timed(times.held, () => lease.isHeld(), 0.001);
}
for (let round = 0; round < ROUNDS / GROUP; round += 1) {
  const records = Array.from({ length: GROUP }, (_, index) => orderAt(orderId + index + 1)).flat();
  orderId += GROUP;
  await timed(times.group, async () => {
    const result = await journal.append(records, { term, expectedSeq: seq });
    if (result.status === 'ok') ({ seq } = result);
  }, GROUP);
}
print('one order, staged and sending, in one durable commit', times.journal);
print('the same bytes in a bare SQLite table', times.bare);
print(`per order when ${GROUP} wait and are written together`, times.group);
print('whether the lease is held, asked before every send', times.held, 'us');
const start = clock.monotonic();
const verified = await journal.verify();
process.stdout.write(`verify: ${verified.ok ? verified.records : verified.reason} records in ${(clock.monotonic() - start).toFixed(0)} ms\n`);
await journal.close();
bare.close();
rmSync(directory, { recursive: true });
