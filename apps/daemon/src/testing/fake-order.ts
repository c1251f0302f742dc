import type { ApiOrder } from '@ibkit/api-contract';

/** An order as the API shows it. */
export function fakeOrder(changes: Partial<ApiOrder> = {}): ApiOrder {
  return {
    id: 'o1', key: 'k1', account: 'DU1', clientId: 1, orderId: 5, permIds: ['9'], contract: { symbol: 'SPY' }, action: 'BUY', quantity: 1, orderType: 'LMT', tif: 'DAY', outsideRth: false,
    terms: {}, status: 'working', ended: false, evidence: 'status', warnings: [], filledQuantity: 0, remainingQuantity: 1, fills: [], stagedAtMs: 1, changedAtMs: 1, ...changes,
  };
}

/** A ticket of a small order, as a client sends it. */
export function fakeTicket(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { kind: 'order', account: 'DU1234567', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1, ...changes };
}
