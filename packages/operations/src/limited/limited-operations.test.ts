import type { ApiRisk } from '@ibkit/api-contract';
import { describe, expect, it } from 'vitest';
import { limitedRisk } from './limited-operations.js';
import { mayReadEntry } from './visible.js';

const RISK: ApiRisk = {
  mode: 'live', gate: [], killSwitch: false, arming: { account: 'U2', armedAtMs: 1, expiresAtMs: 2 }, allowedAccounts: ['U1', 'U2'], perDay: { maxOrders: 9 }, unknownOrders: 4,
  today: { day: '2026-11-20', orders: 7, quantity: '700', notional: { USD: '1' } },
}; // prettier-ignore

describe('limitedRisk', () => {
  it('shows caps, and neither what others used of them nor their arming, which opens no gate for anybody else', () => {
    const theirs = limitedRisk(RISK, new Set(['U1']), 1);
    expect(theirs).toMatchObject({ allowedAccounts: ['U1'], perDay: { maxOrders: 9 }, unknownOrders: 1, gate: [{ reason: 'NOT_ARMED' }] });
    expect(Object.keys(theirs)).not.toContain('today');
    expect(Object.keys(theirs)).not.toContain('arming');
    expect(limitedRisk(RISK, new Set(['U2']), 0)).toMatchObject({ gate: [], arming: { account: 'U2' } });
  });
});

describe('mayReadEntry', () => {
  it('shows what is of their accounts, and of what names none only what is about all', () => {
    const accounts = new Set(['U1']);
    expect([['order.staged', 'U1'], ['order.staged', 'U2'], ['killSwitch', undefined], ['disarmed', undefined], ['idFloor', undefined], ['order.refused', undefined]].map(([type = '', account]) => mayReadEntry({ type, account }, accounts))).toEqual([true, false, true, false, false, false]);
  });
});
