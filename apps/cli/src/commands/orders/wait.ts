import type { ApiOrder } from '@ibkit/api-contract';
import { sleep } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { Backend } from '../../backend/backend.js';
import type { CommandContext } from '../../config/globals.js';
import { remark } from '../../output/print.js';
import { count, plain } from '../../render/text.js';
import { isSettled } from './outcome.js';

/** How often an order is looked at, in milliseconds. The first looks come fast: a market order takes no longer. */
const LOOK_MS = { direct: 25, daemon: 100 } as const;
/** How long the executions of a filled order are waited for, in milliseconds. */
const EXECUTIONS_MS = 3_000;

function stateText({ status, filledQuantity, quantity, whyHeld }: ApiOrder): string {
  return `${status}${filledQuantity > 0 && filledQuantity < quantity ? ` ${count(filledQuantity)} of ${count(quantity)}` : ''}${whyHeld === undefined ? '' : `, held: ${plain(whyHeld)}`}`;
}

/** Asked as a question, since it changes while something is waited for. */
function isStopped({ io }: CommandContext): boolean {
  return io.stop.aborted;
}

/** A look that says nothing new when the answer does not come: the order is where it is. */
async function look(context: CommandContext, { operations }: Backend, last: ApiOrder): Promise<ApiOrder> {
  try {
    return await operations.order({ id: last.id }, { signal: context.io.stop });
  } catch (error) {
    if (context.io.stop.aborted || isIbkrError(error)) return last;
    throw error;
  }
}

/** Shows the states of an order until `isDone`, the time is up, or the user stops waiting. The order itself is never touched by that. */
export async function waited(context: CommandContext, backend: Backend, first: ApiOrder, { isDone = isSettled, untilMs }: { readonly isDone?: (order: ApiOrder) => boolean; readonly untilMs: number }): Promise<ApiOrder> {
  const { clock, io } = context;
  let order = first;
  let shown = stateText(order);
  let endMs = untilMs;
  while (!isDone(order) && clock.monotonic() < endMs && !isStopped(context)) {
    try {
      await sleep(clock, Math.min(LOOK_MS[backend.via], Math.max(1, endMs - clock.monotonic())), { signal: io.stop });
    } catch (error) {
      if (!isStopped(context)) throw error;
      break;
    }
    order = await look(context, backend, order);
    if (order.ended && !isDone(order)) endMs = Math.min(endMs, clock.monotonic() + EXECUTIONS_MS);
    const text = stateText(order);
    if (text !== shown && !order.ended) remark(context, `  ${text}`);
    shown = text;
  }
  return order;
}
