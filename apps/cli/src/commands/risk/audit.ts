import type { ApiAuditEntry } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { journalDirectory, sqliteJournal } from '@ibkit/journal';
import type { SqliteJournal } from '@ibkit/journal';
import { daemonBackendFor } from '../../backend/choose-daemon.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import { parseMoment } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { auditText } from './audit-text.js';

const PAGE = 1_000;

type Format = 'text' | 'jsonl' | 'csv';

function formatOf(input: CommandInput, json: boolean): Format {
  const chosen = input.choice('format', ['text', 'jsonl', 'csv']) ?? (json ? 'jsonl' : 'text');
  if (json && chosen !== 'jsonl') throw new UsageError({ field: '--format', value: chosen, rule: 'must be jsonl together with --json' });
  return chosen;
}

async function proved(context: CommandContext, journal: SqliteJournal): Promise<ExitCode> {
  const found = await journal.verify();
  if (context.globals.json) printDocument(context, found);
  else if (found.ok) context.io.out.write(`All ${found.records} records are whole and in their chain. Keep this elsewhere to prove later that nothing was cut off: ${found.anchor.seq} ${found.anchor.hash}\n`);
  else context.io.out.write(`Record ${found.seq} is broken: ${found.reason}\n`);
  return found.ok ? EXIT.ok : EXIT.error;
}

async function* throughDaemon(context: CommandContext, input: CommandInput, format: Format): AsyncGenerator<string> {
  await using daemon = await daemonBackendFor(context);
  let cursor: string | undefined;
  do {
    const page: { entries: ApiAuditEntry[]; next?: string | undefined } = await daemon.operations.audit(
      { from: input.moment('from'), to: input.moment('to'), order: input.text('order'), ...(input.on('redact') ? { redact: true } : {}), limit: PAGE, cursor },
      { signal: context.io.stop },
    );
    for (const entry of page.entries) yield format === 'text' ? auditText(entry) : JSON.stringify(entry);
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* ofJournal(journal: SqliteJournal, input: CommandInput, format: Format): AsyncGenerator<string> {
  const instant = (name: string): number | undefined => {
    const text = input.text(name);
    return text === undefined ? undefined : parseMoment(`--${name}`, text);
  };
  const { auditEntryView } = await import('@ibkit/operations');
  for await (const line of journal.audit({ format: format === 'csv' ? 'csv' : 'jsonl', fromMs: instant('from'), toMs: instant('to'), order: input.text('order'), redact: input.on('redact') })) {
    yield format === 'csv' ? line : format === 'text' ? auditText(auditEntryView(line)) : JSON.stringify(auditEntryView(line));
  }
}

async function printed(context: CommandContext, lines: AsyncIterable<string>): Promise<ExitCode> {
  const { io } = context;
  let some = false;
  for await (const line of lines) {
    io.out.write(`${line}\n`);
    some = true;
    if (io.out.closed || io.stop.aborted) break;
  }
  if (!some) remark(context, 'The journal has no such records.');
  return EXIT.ok;
}

/**
 * `ibkit audit`: every decision, message and outcome in the journal of one gateway and client id. Only reads, beside a daemon that writes, too;
 * nobody is disturbed. `--via daemon` asks the daemon instead, which may be on another machine.
 */
export async function audit(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, clock } = context;
  input.moment('from');
  input.moment('to');
  const format = formatOf(input, globals.json);
  if (globals.via === 'daemon') {
    const local = format === 'csv' ? '--format csv' : input.on('verify') ? '--verify' : undefined;
    if (local !== undefined) throw new UsageError({ field: local, rule: 'reads the journal itself, and is not possible through the daemon' });
    return await printed(context, throughDaemon(context, input, format));
  }
  // A simulator that begins with this command has a journal, and nothing in it.
  await using journal = await sqliteJournal({ directory: journalDirectory(globals), clock, readOnly: !globals.simulate });
  if (input.on('verify')) return await proved(context, journal);
  return await printed(context, ofJournal(journal, input, format));
}
