import { UsageError } from '@ibkit/error-codes';

/** How orders are treated. */
export interface OrderOptions {
  /** Fills no more than the size that the market shows, and the rest from later quotes; false fills every order whole. @defaultValue true */
  readonly partialFills: boolean;
  /** Working orders of an account in one contract and side before the next one gets 201. 1 to 1000000. @defaultValue 20, as TWS */
  readonly maxOrdersPerSide: number;
  /** How many copies follow each order status, 0 to 2: TWS sends some now and then. @defaultValue 0 */
  readonly duplicateStatuses: number;
  /** Tells the status of a fill before its execution, as TWS does now and then. @defaultValue false */
  readonly statusBeforeExecution: boolean;
}

/** The defaults of {@link OrderOptions}. */
export const DEFAULT_ORDERS: OrderOptions = Object.freeze({ partialFills: true, maxOrdersPerSide: 20, duplicateStatuses: 0, statusBeforeExecution: false });

function integer(field: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) throw new UsageError({ field, value, rule: `must be a whole number from ${min} to ${max}` });
  return value;
}

/**
 * Puts the defaults in place and checks every value.
 * @throws UsageError that names the option, the rule and the value.
 */
export function resolveOrderOptions(options: Partial<OrderOptions> = {}): OrderOptions {
  const d = DEFAULT_ORDERS;
  return {
    partialFills: options.partialFills ?? d.partialFills,
    maxOrdersPerSide: integer('orders.maxOrdersPerSide', options.maxOrdersPerSide ?? d.maxOrdersPerSide, 1, 1_000_000),
    duplicateStatuses: integer('orders.duplicateStatuses', options.duplicateStatuses ?? d.duplicateStatuses, 0, 2),
    statusBeforeExecution: options.statusBeforeExecution ?? d.statusBeforeExecution,
  };
}
