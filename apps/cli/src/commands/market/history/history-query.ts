import { UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../../config/globals.js';
import { parseMoment, parseSymbol } from '../../../program/arguments.js';
import type { CommandInput } from '../../../program/command-input.js';
import { instrumentFields } from '../instrument.js';

/** What a history is asked for with. */
export interface HistoryQuery extends ReturnType<typeof instrumentFields> {
  readonly symbol: string;
  readonly from: string;
  readonly to: string;
  readonly barSize: string;
  readonly what?: string | undefined;
  readonly useRth?: boolean | undefined;
}

/** The formats of a history. */
export const HISTORY_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

/** Reads the flags before anything connects. `to` is fixed now when it was not given. */
export function historyQuery(context: CommandContext, input: CommandInput): HistoryQuery {
  const from = input.moment('from');
  if (from === undefined) throw new UsageError({ field: '--from', rule: 'is needed' });
  const to = input.moment('to') ?? new Date(context.clock.now()).toISOString();
  if (parseMoment('--from', from) >= parseMoment('--to', to)) throw new UsageError({ field: '--from', value: from, rule: `must be before ${input.text('to') === undefined ? 'now' : '--to'}` });
  return { symbol: parseSymbol('SYMBOL', input.argument('symbol')), ...instrumentFields(input), from, to, barSize: input.text('bar') ?? '1 min', what: input.text('what')?.toUpperCase(), useRth: input.on('rth') ? true : undefined };
}

/** By the flag, else by the name of the file, else CSV; with `--json` lines of JSON. */
export function historyFormat(context: CommandContext, input: CommandInput): (typeof HISTORY_FORMATS)[number] {
  const out = input.text('out');
  const asked = input.choice('format', HISTORY_FORMATS);
  const byName = HISTORY_FORMATS.find((format) => out?.toLowerCase().endsWith(`.${format}`) === true);
  const format = asked ?? byName ?? (context.globals.json ? 'jsonl' : 'csv');
  if (format === 'parquet' && out === undefined) throw new UsageError({ field: '--out', rule: 'is needed: a Parquet file cannot be written to stdout' });
  if (context.globals.json && out === undefined && format === 'csv') throw new UsageError({ field: '--format', value: format, rule: 'must be jsonl together with --json' });
  return format;
}
