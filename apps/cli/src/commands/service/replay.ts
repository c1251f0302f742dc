import path from 'node:path';
import { UsageError } from '@ibkit/error-codes';
import { ROW_KINDS, describeRecording, exportCsv, exportJsonLines, exportParquet, readRecording, replay } from '@ibkit/recording';
import type { ReadOptions, RowKind } from '@ibkit/recording';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, warn } from '../../output/print.js';
import { parseMoment } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { count, momentText, plain } from '../../render/text.js';

type Options = Pick<ReadOptions, 'from' | 'to' | 'symbols' | 'kinds' | 'signal'>;

function kindsOf(input: CommandInput): readonly RowKind[] | undefined {
  return input.list('kinds')?.map((text) => {
    const kind = ROW_KINDS.find((known) => known === text);
    if (kind === undefined) throw new UsageError({ field: '--kinds', value: text, rule: `must be some of ${ROW_KINDS.join(', ')}` });
    return kind;
  });
}

function optionsOf({ io }: CommandContext, input: CommandInput): Options {
  const instant = (name: string): number | undefined => {
    const text = input.text(name);
    return text === undefined ? undefined : parseMoment(`--${name}`, text);
  };
  return { from: instant('from'), to: instant('to'), symbols: input.list('symbols')?.map((symbol) => symbol.toUpperCase()), kinds: kindsOf(input), signal: io.stop };
}

async function described(context: CommandContext, directory: string): Promise<ExitCode> {
  const found = await describeRecording(directory);
  if (context.globals.json) printDocument(context, found);
  else {
    const kinds = Object.entries(found.kinds).map(([kind, rows]) => `${kind} ${count(rows)}`).join(', ');
    context.io.out.write(`${plain(directory)}\n  rows      ${count(found.rows)}${kinds === '' ? '' : ` (${kinds})`}\n  received  ${momentText(found.fromMs)} to ${momentText(found.toMs)}\n  segments  ${found.segments.length}${found.live ? ', being written' : ''}\n  source    ${plain(found.source?.name ?? '-')}\n`);
  }
  return EXIT.ok;
}

async function exported(context: CommandContext, directory: string, file: string, options: Options): Promise<ExitCode> {
  const target = path.resolve(context.io.cwd, file);
  const extension = path.extname(target).toLowerCase();
  const [kind, ...others] = options.kinds ?? [];
  let report;
  if (extension === '.jsonl') report = await exportJsonLines(directory, { ...options, file: target });
  else if (extension !== '.csv' && extension !== '.parquet') throw new UsageError({ field: '--export', value: file, rule: 'must end in .csv, .jsonl or .parquet' });
  else if (kind === undefined || others.length > 0) throw new UsageError({ field: '--kinds', rule: 'must name one kind of row: a table has the columns of one' });
  else report = await (extension === '.csv' ? exportCsv : exportParquet)(directory, { ...options, kind, file: target });
  if (report.gaps > 0) warn(context, `${report.gaps} gaps: the file does not tell everything that happened`);
  if (context.globals.json) printDocument(context, report);
  else context.io.out.write(`${count(report.rows)} rows in ${plain(file)}\n`);
  return EXIT.ok;
}

/** `ibkit replay DIRECTORY`: rows as JSON lines, at their pace or as fast as they are read. */
export async function replayRecording(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { io, clock } = context;
  const directory = path.resolve(io.cwd, input.argument('directory'));
  const options = optionsOf(context, input);
  const file = input.text('export');
  const speedText = input.text('speed');
  const speed = speedText === undefined || speedText === '0' ? Number.POSITIVE_INFINITY : input.positive('speed');
  if (input.on('describe')) return await described(context, directory);
  if (file !== undefined) return await exported(context, directory, file, options);
  try {
    for await (const row of replay(readRecording(directory, options), { clock, speed, signal: io.stop })) {
      io.out.write(`${JSON.stringify(row)}\n`);
      if (io.out.closed) break;
    }
  } catch (error) {
    if (!io.stop.aborted) throw error;
  }
  return EXIT.ok;
}
