import type { ApiOrder, DaemonOperations, OperationOptions, RouteName } from '@ibkit/api-contract';

/** An answer whose status is decided already. */
export interface Settled {
  readonly status: number;
  readonly output: unknown;
}

/** Orders are found again by it: kept short, since the caller waits already. */
const ALL_OF_KEY = { status: 'all', limit: 100 } as const;

async function byKey(operations: DaemonOperations, key: string): Promise<readonly ApiOrder[] | undefined> {
  try {
    return (await operations.orders({ ...ALL_OF_KEY, key })).orders;
  } catch {
    return undefined;
  }
}

async function byId(operations: DaemonOperations, input: Readonly<Record<string, unknown>>): Promise<ApiOrder | undefined> {
  try {
    return typeof input['id'] === 'string' ? await operations.order({ id: input['id'] }) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What to answer when an operation on an order failed in a way that is a 5xx: a caller who reads "server error" sends again. Once the journal has
 * the order, bytes may have left: then the order itself is the answer, with 202. `undefined` when the failure itself is the honest answer, since
 * nothing was recorded and so nothing was sent.
 */
export async function tradeOutcome(name: RouteName, operations: DaemonOperations, input: Readonly<Record<string, unknown>>, { idempotencyKey }: OperationOptions): Promise<Settled | undefined> {
  if (name === 'placeOrder' && idempotencyKey !== undefined) {
    const orders = await byKey(operations, idempotencyKey);
    // Nobody can say whether it was recorded: that is unknown, too.
    if (orders === undefined) return { status: 202, output: { key: idempotencyKey, repeated: false, orders: [] } };
    return orders.length === 0 ? undefined : { status: 202, output: { key: idempotencyKey, repeated: false, orders } };
  }
  if (name === 'modifyOrder' || name === 'cancelOrder') {
    const order = await byId(operations, input);
    return order === undefined ? undefined : { status: 202, output: order };
  }
  return undefined;
}
