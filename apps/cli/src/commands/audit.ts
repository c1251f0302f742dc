import { UsageError } from '@ibkit/error-codes';
import { journalDirectory, sqliteJournal } from '@ibkit/journal';
import type { SqliteJournal } from '@ibkit/journal';
import { parseChoice } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';

/** The flags of `ibkit audit`. */
export interface AuditFlags {
  readonly from?: string;
  readonly to?: string;
  readonly order?: string;
  readonly format?: string;
  readonly verify?: boolean;
  readonly redact?: boolean;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** `2026-02-30` would be read as the second of March. */
function isRealDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** A day, which begins at midnight UTC, or a moment with its zone. */
function parseMoment(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instant = INSTANT.test(text) && isRealDay(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw new UsageError({ field: flag, value: text, rule: 'must be a day such as 2026-11-20, or a time with its zone such as 2026-11-20T14:30:00Z' });
  return instant;
}

function formatOf({ format }: AuditFlags, json: boolean): 'jsonl' | 'csv' {
  const chosen = format === undefined ? 'jsonl' : parseChoice('--format', format, ['jsonl', 'csv']);
  if (json && chosen === 'csv') throw new UsageError({ field: '--format', value: chosen, rule: 'must be jsonl together with --json' });
  return chosen;
}

async function proved(context: CommandContext, journal: SqliteJournal): Promise<ExitCode> {
  const found = await journal.verify();
  if (context.globals.json) printDocument(context, found);
  else if (found.ok) context.io.out.write(`All ${found.records} records are whole and in their chain. Keep this elsewhere to prove later that nothing was cut off: ${found.anchor.seq} ${found.anchor.hash}\n`);
  else context.io.out.write(`Record ${found.seq} is broken: ${found.reason}\n`);
  return found.ok ? EXIT.ok : EXIT.error;
}

/** `ibkit audit`: every decision, message and outcome in the journal of one gateway and client id. Only reads; nobody is disturbed. */
export async function audit(context: CommandContext, flags: AuditFlags): Promise<ExitCode> {
  const { globals, clock, io } = context;
  const [fromMs, toMs] = [parseMoment('--from', flags.from), parseMoment('--to', flags.to)];
  const format = formatOf(flags, globals.json);
  await using journal = await sqliteJournal({ directory: journalDirectory(globals), clock, readOnly: true });
  if (flags.verify === true) return await proved(context, journal);
  for await (const line of journal.audit({ format, fromMs, toMs, order: flags.order, redact: flags.redact })) {
    io.out.write(`${line}\n`);
    if (io.out.closed || io.stop.aborted) break;
  }
  return EXIT.ok;
}
