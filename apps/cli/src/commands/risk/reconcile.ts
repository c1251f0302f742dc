import type { ApiOrder, ApiReconcile } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain, span } from '../../render/text.js';
import { resultText } from '../orders/order-text.js';

function section(title: string, orders: readonly ApiOrder[]): string {
  return orders.length === 0 ? '' : `${title}\n${orders.map((order) => `  ${resultText(order).replaceAll('\n  ', '\n    ')}`).join('')}`;
}

function reconcileText(report: ApiReconcile): string {
  const { resolved, unknown, missing, newFills, foreignOrders, trigger, startedAtMs, finishedAtMs } = report;
  return [
    `Compared in ${span(finishedAtMs - startedAtMs)} (${plain(trigger)}): ${newFills} new fills, ${resolved.length} resolved, ${unknown.length} unknown, ${missing.length} missing, ${foreignOrders.length} of others\n`,
    section('Resolved', resolved),
    section('Unknown: nobody can say yet what became of them', unknown),
    section('Missing: not in the broker\'s list; the next comparison decides', missing),
  ].join('');
}

/** `ibkit reconcile`: exits 8 while the outcome of an order is unknown. */
export async function reconcile(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  return await withBackend(context, { role: 'order' }, async (backend) => {
    await backend.ready();
    const report = input.on('last') ? await backend.operations.lastReconcile({}, { signal: io.stop }) : await backend.operations.reconcile({}, { signal: io.stop });
    if (globals.json) printDocument(context, report);
    else io.out.write(reconcileText(report));
    return report.unknown.length > 0 ? EXIT.pending : EXIT.ok;
  });
}
