import type { ApiCancelReport, ApiOrder } from '@ibkit/api-contract';
import type { Backend } from '../../backend/backend.js';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { resultText } from './order-text.js';
import { exitCodeOfCancel } from './outcome.js';
import { waited } from './wait.js';
import { waitMsOf } from './wait-ms.js';

/** `ibkit order cancel KEY`: allowed in live mode without a question, since it takes risk away. */
export async function cancel(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await withBackend(context, { role: 'order', autoReconnect: true }, async (backend) => {
    await backend.ready();
    const order = await backend.operations.cancelOrder({ id: input.argument('order'), waitMs: waitMsOf(context, input) });
    if (context.globals.json) printDocument(context, order);
    else context.io.out.write(resultText(order));
    return exitCodeOfCancel(order);
  });
}

/** What became of orders that were asked to be cancelled. */
export interface CancelOutcome {
  readonly report: ApiCancelReport;
  readonly ended: number;
  readonly open: number;
}

/** Waits until the cancelled orders have ended, the time is up, or the user stops waiting. */
export async function cancelOutcome(context: CommandContext, backend: Backend, report: ApiCancelReport): Promise<CancelOutcome> {
  const untilMs = context.clock.monotonic() + context.remainingMs();
  const isDone = ({ ended }: ApiOrder): boolean => ended;
  const asked = await Promise.all(report.asked.map((order) => waited(context, backend, order, { isDone, untilMs })));
  const ended = asked.filter(isDone).length;
  return { report: { ...report, asked }, ended, open: asked.length - ended };
}

/** How a cancel of everything went, for people. */
export function cancelText({ report, ended, open }: CancelOutcome): string {
  const failed = report.failed.map(({ key, reason }) => `  failed    key ${plain(key)}: ${plain(reason)}\n`).join('');
  const others = report.globalError === undefined ? (report.global ? '  others    the broker was asked to cancel every order that there is\n' : '') : `  others    ${plain(report.globalError.reason)}\n`;
  return `  ours      ${ended} cancelled, ${open} still open, ${report.failed.length} could not be asked for\n${failed}${others}`;
}

/** The exit code of a cancel of everything: pending unless all of it is known to be over. */
export function exitCodeOfCancelAll({ report, open }: CancelOutcome): ExitCode {
  return open > 0 || report.failed.length > 0 || report.globalError !== undefined ? EXIT.pending : EXIT.ok;
}

/** `ibkit order cancel-all`. */
export async function cancelAll(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await withBackend(context, { role: 'order', autoReconnect: true }, async (backend) => {
    await backend.ready();
    const outcome = await cancelOutcome(context, backend, await backend.operations.cancelAll(input.on('all') ? { all: true } : {}));
    if (context.globals.json) printDocument(context, outcome.report);
    else context.io.out.write(`Cancel all\n${cancelText(outcome)}`);
    return exitCodeOfCancelAll(outcome);
  });
}
