// Proves docs/features.md: see USAGE.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readExceptions, readHandEdits } from './ledger/by-hand.js';
import { readLedger, writeLedger } from './ledger/ledger.js';
import type { Entry } from './ledger/ledger.js';
import { fingerprintOf, rowsOf } from './page/row.js';
import type { Row } from './page/row.js';
import { PrivateCopy } from './run/private-copy.js';
import { Prover } from './run/prove.js';
import { TestRunner } from './run/test-runner.js';

const USAGE = `usage: npm run features -- [--changed | --row PATTERN] [--member NAME] [--lanes N]

Takes the feature of each row of docs/features.md out of a private copy of what is committed, runs the quoted test, and sees it fail.
Writes tooling/take-out/ledger.json; exits 1 when a row is not proved.

  --changed       only rows that the ledger does not call proved
  --row PATTERN   only rows whose text fits this regular expression
  --member NAME   only the section of this name, such as packages/clock
  --lanes N       so many copies at once (2)
`;

const HOME = path.resolve(import.meta.dirname, '..');
const ROOT = path.resolve(HOME, '..', '..');
const LEDGER = path.join(HOME, 'ledger.json');
/** Tests of what is built. */
const AS_BUILT = 'tooling/cli-e2e/';
const LOADER = import.meta.resolve('tsx/esm/api');
/** Rows of one test file stay together; a piece of work has at least so many. */
const PIECE = 12;

/** Rows in pieces that share test files. */
function pieces(rows: readonly Row[]): Row[][] {
  const byFile = new Map<string, Row[]>();
  for (const row of rows) byFile.set(row.file, [...(byFile.get(row.file) ?? []), row]);
  const done: Row[][] = [];
  let piece: Row[] = [];
  for (const file of [...byFile.keys()].sort()) {
    const member = file.slice(0, file.lastIndexOf('/src/'));
    if (piece.length >= PIECE || (piece[0] !== undefined && !piece[0].file.startsWith(`${member}/src/`))) {
      done.push(piece);
      piece = [];
    }
    piece.push(...(byFile.get(file) ?? []));
  }
  // What is quick first: it is also what is mended first.
  const isApp = ([first]: readonly Row[]): number => Number(first !== undefined && !first.file.startsWith('packages/'));
  return [...done, piece].filter(({ length }) => length > 0).sort((a, b) => isApp(a) - isApp(b));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { changed: { type: 'boolean' }, row: { type: 'string' }, member: { type: 'string' }, lanes: { type: 'string', default: '2' }, help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wanted = values.row === undefined ? undefined : new RegExp(values.row, 'i');
  const readRows = (): readonly Row[] => rowsOf(readFileSync(path.join(ROOT, 'docs', 'features.md'), 'utf8'));
  const all = readRows();
  const ledger = readLedger(LEDGER);
  const rows = all.filter((row) => (values.member === undefined || row.member === values.member)
    && (wanted === undefined || wanted.test([row.what, ...row.names, row.file, row.title].join(' | ')))
    && (values.changed !== true || ledger.get(fingerprintOf(row))?.verdict !== 'proved'));
  const edits = readHandEdits(path.join(HOME, 'edits'));
  const excused = readExceptions(path.join(HOME, 'exceptions.json'));
  const isExcused = (row: Row): boolean => excused.some(({ member, what }) => member === row.member && what === row.what);
  const queue = pieces(rows.filter((row) => !isExcused(row)));
  const total = queue.flat().length;
  process.stdout.write(`${String(total)} of ${String(all.length)} rows to prove\n`);

  const known = new Map(ledger);
  const failed: Entry[] = [];
  const startedAt = performance.now();
  let done = 0;
  const keep = (row: Row, entry: Entry): void => {
    known.set(entry.row, entry);
    // Another process may prove other rows at the same time.
    for (const [name, other] of readLedger(LEDGER)) if (name !== entry.row) known.set(name, other);
    writeLedger(LEDGER, known.values());
    done += 1;
    if (entry.verdict !== 'proved') failed.push(entry);
    const leftMin = ((performance.now() - startedAt) / done / 60_000) * (total - done);
    process.stdout.write(`${String(done)}/${String(total)}, ${leftMin.toFixed(0)} min left: ${entry.verdict}: ${row.member}: ${row.what}: ${entry.by.join(' | ').slice(0, 400)}\n`);
  };
  const open = new Set<() => void>();
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15]] as const) {
    process.once(signal, () => {
      for (const end of open) end();
      process.exit(128 + number);
    });
  }
  const lane = async (): Promise<void> => {
    if (queue.length === 0) return;
    const provers = new Map<boolean, { readonly prover: Prover; readonly close: () => Promise<void> }>();
    const workshop = async (asBuilt: boolean): Promise<Prover> => {
      const known = provers.get(asBuilt);
      if (known !== undefined) return known.prover;
      const copy = await PrivateCopy.of(ROOT);
      if (asBuilt) copy.runFromSources(LOADER);
      const runner = new TestRunner(copy.root);
      open.add(() => {
        runner.kill();
        copy[Symbol.dispose]();
      });
      const prover = new Prover({ copy, runner, edits, rows });
      const close = async (): Promise<void> => {
        await runner.close();
        copy[Symbol.dispose]();
      };
      provers.set(asBuilt, { prover, close });
      return prover;
    };
    try {
      for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
        const prover = await workshop(piece.some(({ file }) => file.startsWith(AS_BUILT)));
        for (const row of piece) keep(row, await prover.prove(row));
      }
    } finally {
      for (const { close } of provers.values()) await close();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.lanes)) }, lane));

  // The page may have grown meanwhile.
  const current = new Set(readRows().map(fingerprintOf));
  writeLedger(LEDGER, [...readLedger(LEDGER).values()].filter(({ row }) => current.has(row)));
  const proved = all.filter((row) => known.get(fingerprintOf(row))?.verdict === 'proved').length;
  process.stdout.write(`\n${String(all.length)} rows: ${String(proved)} proved, ${String(excused.length)} excused, ${String(all.length - proved - excused.length)} not proved\n`);
  for (const { member, what, by } of failed) process.stdout.write(`not proved: ${member}: ${what}\n${by.map((note) => `    ${note}\n`).join('')}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
