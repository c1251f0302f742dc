import { isIbkrError } from '@ibkit/error-codes';
import type { Backend } from '../../backend/backend.js';
import { withBackend, withOfflineOr } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, remark } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { cancelOutcome, cancelText, exitCodeOfCancelAll } from '../orders/cancel.js';

/** Failures that leave the switch itself untouched: it is set in the journal, and the next session cancels. */
const NO_GATEWAY: ReadonlySet<string> = new Set(['ConnectionError', 'TimeoutError']);

async function set(context: CommandContext, backend: Backend, input: CommandInput): Promise<ExitCode> {
  const { io, globals } = context;
  const report = await backend.operations.kill({ body: { reason: input.text('reason') ?? 'ibkit kill', ...(input.on('all') ? { all: true } : {}) } });
  const outcome = await cancelOutcome(context, backend, report);
  if (globals.json) printDocument(context, outcome.report);
  else io.out.write(`The kill switch is on: no order is sent any more, until: ibkit kill --release\n${cancelText(outcome)}`);
  return exitCodeOfCancelAll(outcome);
}

async function release(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await withOfflineOr(context, async ({ operations }) => {
    const answer = await operations.releaseKill({ reason: input.text('reason') ?? 'ibkit kill --release' });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(answer.changed ? 'The kill switch is off.\n' : 'The kill switch was not on.\n');
    return EXIT.ok;
  });
}

/** `ibkit kill`: stops trading now, and keeps it stopped. Works without a gateway, too: then the next session cancels. */
export async function kill(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  if (input.on('release')) return await release(context, input);
  try {
    return await withBackend(context, { role: 'order', autoReconnect: true }, (backend) => set(context, backend, input));
  } catch (error) {
    if (!isIbkrError(error) || !NO_GATEWAY.has(error.name) || context.globals.via === 'daemon') throw error;
    remark(context, `No gateway: ${plain(error.message)}`);
    await withOfflineOr(context, (backend) => set(context, backend, input));
    return EXIT.notReady;
  }
}
