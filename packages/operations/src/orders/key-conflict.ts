import { OrderError, UsageError } from '@ibkit/error-codes';

/** The error for a key that belongs to another ticket: the same that Trading throws. */
export function keyConflict(key: string): OrderError {
  return new OrderError({
    code: 'IBKR_ORDER_KEY_CONFLICT',
    message: 'The key was used for another order: give this one a key of its own, or repeat the first request unchanged',
    details: { key },
  });
}

/** The key of a placement. @throws {@link UsageError} `IBKR_ORDER_KEY_MISSING`: without one a repeat would be a second order. */
export function requiredKey(key: string | undefined): string {
  if (key !== undefined && key !== '') return key;
  throw new UsageError({
    code: 'IBKR_ORDER_KEY_MISSING',
    field: 'idempotencyKey',
    rule: 'must be given, so that a repeat of this request cannot place a second order',
    tips: ['Over HTTP send the header Idempotency-Key: at most 64 printable ASCII characters, a new one for each order, the same one for each repeat.'],
  });
}
