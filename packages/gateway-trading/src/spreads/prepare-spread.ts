import type { OrderPreview } from '../orders/preview.js';
import type { SpreadExplanation } from './spread-explanation.js';
import { resolveLegs } from './spread-legs.js';
import type { OptionSource, ResolvedLeg } from './spread-legs.js';
import { checkSpreadTerms, spreadOrder } from './spread-order.js';
import type { SpreadOrder } from './spread-order.js';
import { planSpread } from './spread-plan.js';
import type { SpreadRequest } from './spread-request.js';

/** What a spread would be, cost and come to; nothing is sent and nothing is written. */
export interface SpreadPreview extends OrderPreview {
  readonly spread: SpreadExplanation;
  readonly legs: readonly ResolvedLeg[];
}

/**
 * Checks a request, asks which contracts its legs are, and makes its order. What is wrong with the request itself is said before anybody is asked.
 * @throws UsageError `IBKR_SPREAD_INVALID`; what the look-up throws.
 */
export async function prepareSpread(
  request: SpreadRequest,
  { source, today, signal }: { readonly source: OptionSource | undefined; readonly today: string; readonly signal?: AbortSignal | undefined },
): Promise<SpreadOrder> {
  const plan = planSpread(request);
  checkSpreadTerms(plan, request, today);
  return spreadOrder(plan, await resolveLegs(plan, request, { source, signal }), { ...request, today });
}
