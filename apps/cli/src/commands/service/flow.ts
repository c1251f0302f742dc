import type { OperationInput, OperationOutput } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import { isIbkrError } from '@ibkit/error-codes';
import { anyDaemon, noDaemon } from '../../backend/choose-daemon.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import type { RunCommand } from '../../program/command-spec.js';
import { table } from '../../render/table.js';
import { plain } from '../../render/text.js';

type Flow = OperationInput<'flow'>;
type Answer = OperationOutput<'flow'>;

/** Less than this is no patience, and one answer is given this much at most, however often it is asked again; milliseconds. */
const LEAST_MS = 1_000;
const ONE_ANSWER_MS = 30_000;

async function askedDirectly(context: CommandContext, input: Flow): Promise<Answer> {
  const { io, globals, clock } = context;
  if ((io.env['API_BASE_URL'] ?? '') === '') throw new UsageError({ field: 'API_BASE_URL', rule: 'must be set to the address of the Options Flow service: this variable here, or base_url under [options-flow] in the configuration of a daemon' });
  const [{ OptionsFlowClient }, { withUnconnected }] = await Promise.all([import('@ibkit/options-flow'), import('../../backend/unconnected.js')]);
  const deadlineMs = Math.max(LEAST_MS, globals.timeoutMs);
  await using flow = OptionsFlowClient.fromEnv(io.env, { clock, timeoutMs: Math.min(ONE_ANSWER_MS, deadlineMs), deadlineMs });
  return await withUnconnected(context, { flow }, (operations) => operations.flow(input, { signal: io.stop }));
}

/** Failures of the way through the daemon, not of the service: it has no such service, or cannot be spoken to. */
function isOfDaemon(error: unknown): boolean {
  return isIbkrError(error) && (error.code === 'IBKR_FLOW_NOT_CONFIGURED' || error.code.startsWith('IBKR_DAEMON_') || error.code.startsWith('IBKR_HTTP_'));
}

/** The service has nothing to do with the broker: it is asked directly when the environment says where it is, else through whatever daemon knows. `--via daemon` prefers the daemon's. */
async function asked(context: CommandContext, input: Flow): Promise<Answer> {
  const { io, globals } = context;
  const known = (io.env['API_BASE_URL'] ?? '') !== '' && (io.env['API_KEY'] ?? '') !== '';
  if (globals.via === 'direct' || (known && globals.via !== 'daemon')) return await askedDirectly(context, input);
  await using daemon = await anyDaemon(context);
  if (daemon === undefined) {
    if (globals.via === 'daemon' && !known) throw noDaemon();
    return await askedDirectly(context, input);
  }
  try {
    return await daemon.operations.flow(input, { signal: io.stop });
  } catch (error) {
    if (!known || io.stop.aborted || !isOfDaemon(error)) throw error;
    return await askedDirectly(context, input);
  }
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}

function rowsText(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return rows.length === 0 ? 'Nothing.\n' : table(names.map((name) => ({ title: name.toUpperCase() })), rows.map((row) => names.map((name) => cell(Reflect.get(row, name)))));
}

function answerText(answer: Answer): string {
  const { rows, tickers, ...rest } = answer;
  if (Array.isArray(tickers)) return tickers.map((ticker) => `${cell(ticker)}\n`).join('');
  const isObjects = (list: readonly unknown[]): list is readonly object[] => list.every((row) => typeof row === 'object' && row !== null);
  if (Array.isArray(rows) && isObjects(rows)) return rowsText(rows);
  return Object.entries(rest).map(([name, value]) => `${name.padEnd(16)}  ${cell(value)}\n`).join('');
}

/** `ibkit flow VIEW [TICKER]`. */
export function flowView(view: Flow['view']): RunCommand {
  return async (context: CommandContext, input: CommandInput): Promise<ExitCode> => {
    const answer = await asked(context, { view, ticker: input.optional('ticker')?.toUpperCase(), date: input.text('date'), from: input.text('from'), to: input.text('to'), limit: input.whole('limit', 1, 10_000) });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(answerText(answer));
    return EXIT.ok;
  };
}
