import type { BrokerOperations } from '@ibkit/api-contract';
import { cancelReportView, orderView } from '../views/order.js';
import { ChangeDesk } from './change-desk.js';
import { fillPage } from './fill-pages.js';
import { requiredKey } from './key-conflict.js';
import type { OrderDeps } from './order-deps.js';
import { findOrder } from './order-lookup.js';
import { orderPage } from './order-pages.js';
import { PlacementDesk } from './placement-desk.js';
import { PreviewDesk } from './preview-desk.js';
import { PreviewTokens } from './preview-tokens.js';
import { untilEnough } from './waiting.js';
import type { Patience } from './waiting.js';

type OrderOperationName = 'orders' | 'previewOrder' | 'placeOrder' | 'order' | 'modifyOrder' | 'cancelOrder' | 'cancelAll' | 'fills';

/** How long a caller waits for the word of the broker, milliseconds. */
const WAIT_MS = 5_000;

/**
 * Orders and fills. Every key places its ticket once, also over restarts; what may have left is answered with what is known of it and never with an
 * error; a caller who hangs up cancels nothing.
 * @throws {@link UsageError} for a `previewTtlMs` or `previewBandPercent` out of its range.
 */
export function orderOperations(deps: OrderDeps): Pick<BrokerOperations, OrderOperationName> {
  const { clock, trading } = deps;
  const tokens = new PreviewTokens(deps);
  const previews = new PreviewDesk(deps, tokens);
  const placements = new PlacementDesk(deps, tokens, previews);
  const changes = new ChangeDesk(deps);
  const patience = (waitMs: number | undefined, signal: AbortSignal | undefined): Patience => ({ clock, deadlineMs: clock.monotonic() + (waitMs ?? WAIT_MS), signal });
  return {
    // Asynchronous, so that what is wrong with a question is a rejection.
    // eslint-disable-next-line @typescript-eslint/require-await
    orders: async (query) => orderPage(query, deps),
    previewOrder: ({ body: { ticket, whatIf = true } }, { signal } = {}) => previews.preview(ticket, { whatIf, signal }),
    placeOrder: async ({ waitMs, body }, { idempotencyKey, signal } = {}) => placements.place(body, { ...patience(waitMs, signal), key: requiredKey(idempotencyKey) }),
    // eslint-disable-next-line @typescript-eslint/require-await
    order: async ({ id }) => orderView(findOrder(trading, id)),
    modifyOrder: ({ id, waitMs, body }, { signal } = {}) => changes.modify(id, body, patience(waitMs, signal)),
    cancelOrder: ({ id, waitMs }, { signal } = {}) => changes.cancel(id, patience(waitMs, signal)),
    cancelAll: async ({ all }, { signal } = {}) => {
      signal?.throwIfAborted();
      const report = trading.cancelAll({ all });
      await untilEnough(() => report, () => report, patience(0, signal));
      return cancelReportView(await report);
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    fills: async (query) => fillPage(query, deps),
  };
}

