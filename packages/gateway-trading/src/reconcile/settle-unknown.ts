import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { OrderRegister } from '../orders/order-register.js';
import type { OrderState } from '../orders/order-state.js';

/** What a person found out about an order, and where. */
export interface UnknownOutcome {
  readonly verdict: 'absent' | 'cancelled' | 'expired';
  readonly reason: string;
}

/** See `Trading.settleUnknown`. @throws {@link UsageError} when the outcome of the order is not unknown. */
export function settleUnknown({ register, clock }: { readonly register: OrderRegister; readonly clock: Clock }, { status, intentId }: OrderState, { verdict, reason }: UnknownOutcome): void {
  if (status !== 'unknown') throw new UsageError({ field: 'order', rule: 'must have an unknown outcome', value: status });
  register.book({ type: 'order.verdict', intentId, atMs: clock.now(), verdict, evidence: 'operator', reason });
}
