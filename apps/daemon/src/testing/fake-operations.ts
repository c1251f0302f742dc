import type { DaemonOperations } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';

/** Operations that all fail, but for those that a test gives. */
export function fakeOperations(given: Partial<DaemonOperations> = {}): DaemonOperations {
  const none = (): Promise<never> => Promise.reject(new SystemError({ code: 'IBKR_TEST_NOT_GIVEN', message: 'the test gives no such operation' }));
  return {
    healthz: () => Promise.resolve({ status: 'ok', version: '1', uptimeMs: 1 }),
    readyz: none, status: none, diagnosis: none, accounts: none, positions: none, pnl: none, contract: none, quote: none, depth: none, chain: none, history: none, historyPlan: none,
    news: none, article: none, scan: none, histogram: none, orders: none, previewOrder: none, placeOrder: none, order: none, modifyOrder: none, cancelOrder: none, cancelAll: none, fills: none,
    reconcile: none, lastReconcile: none, risk: none, arm: none, disarm: none, kill: none, releaseKill: none, audit: none, gateway: none, startGateway: none, stopGateway: none,
    restartGateway: none, flow: none, error: none, errors: none, recordings: none, startRecording: none, stopRecording: none, tokens: none, createToken: none, revokeToken: none,
    createTicket: none, connections: none,
    ...given,
  };
}
