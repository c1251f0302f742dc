import type { BrokerOperations } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';

type PendingName =
  | 'orders' | 'previewOrder' | 'placeOrder' | 'order' | 'modifyOrder' | 'cancelOrder' | 'cancelAll' | 'fills' | 'reconcile' | 'lastReconcile' | 'risk' | 'arm' | 'disarm' | 'kill' | 'releaseKill' | 'audit';

/** The operations of orders and risk until they are there. */
export function pendingTrading(): Pick<BrokerOperations, PendingName> {
  const refuse = (): Promise<never> => Promise.reject(new SystemError({ code: 'IBKR_OPERATION_NOT_AVAILABLE', message: 'This operation is not available yet.', retryable: false }));
  return {
    orders: refuse, previewOrder: refuse, placeOrder: refuse, order: refuse, modifyOrder: refuse, cancelOrder: refuse, cancelAll: refuse, fills: refuse,
    reconcile: refuse, lastReconcile: refuse, risk: refuse, arm: refuse, disarm: refuse, kill: refuse, releaseKill: refuse, audit: refuse,
  }; // prettier-ignore
}
