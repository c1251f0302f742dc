import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GATE_REASONS, GATE_TIPS, cancelGateReasons, gateRefusal, isPaperAccount, orderGateReasons } from './order-gate.js';
import type { GateAuth, GateFacts, GateOrder } from './order-gate.js';

const OPEN: GateFacts = {
  phase: 'started',
  journal: 'ok',
  leaseHeld: true,
  readOnly: false,
  killSwitch: false,
  connected: true,
  upstreamDown: false,
  reconciled: true,
  mode: 'paper',
  allowLive: false,
  allowedAccounts: [],
  sessionAccounts: ['DU1', 'DF2'],
  armed: () => true,
  readOnlyApi: false,
  restartAhead: false,
};
const ORDER: GateOrder = { account: 'DU1', accountNamed: false, blockedByUnknown: false };

describe('an account id', () => {
  it('proves play money by its letters, and nothing else does', () => {
    expect(['DU1234567', 'DF1', 'U1234567', 'F1', 'DX1', 'du1', '', 'XDU1'].filter(isPaperAccount)).toEqual(['DU1234567', 'DF1']);
  });
});

describe('orderGateReasons', () => {
  it('is open for a paper account in paper mode', () => {
    expect(orderGateReasons(OPEN, ORDER)).toEqual([]);
  });

  it('takes an account of an unknown kind for neither paper nor live', () => {
    const live = { ...OPEN, mode: 'live', allowLive: true, allowedAccounts: ['U1'] } as const;
    const order = { ...ORDER, account: 'U1', accountNamed: true };
    expect(orderGateReasons({ ...live, sessionAccounts: ['U1'] }, order)).toEqual([]);
    expect(orderGateReasons({ ...live, sessionAccounts: ['U1', 'DX3'] }, order)).toEqual(['ACCOUNT_MODE']);
  });

  it.each([
    [{ phase: 'idle' }, 'NOT_STARTED'],
    [{ phase: 'closed' }, 'CLOSED'],
    [{ journal: 'fenced' }, 'JOURNAL_FENCED'],
    [{ journal: 'failed' }, 'JOURNAL_FAILED'],
    [{ readOnly: true }, 'READ_ONLY'],
    [{ killSwitch: true }, 'KILL_SWITCH'],
    [{ readOnlyApi: true }, 'READ_ONLY_API'],
    [{ restartAhead: true }, 'RESTART_AHEAD'],
    [{ connected: false }, 'NOT_CONNECTED'],
    [{ upstreamDown: true }, 'UPSTREAM_DOWN'],
    [{ reconciled: false }, 'RECONCILE_PENDING'],
    [{ sessionAccounts: ['DU1', 'U3'] }, 'ACCOUNT_MODE'],
    [{ sessionAccounts: ['DU1', 'DX3'] }, 'ACCOUNT_MODE'],
    [{ allowedAccounts: ['DU9'] }, 'ACCOUNT_NOT_ALLOWED'],
  ] as const)('names %j as %s alone', (facts, reason) => {
    expect(orderGateReasons({ ...OPEN, ...facts }, ORDER)).toEqual([reason]);
  });

  it('takes an empty list of accounts for no proof', () => {
    expect(orderGateReasons({ ...OPEN, sessionAccounts: [] }, ORDER)).toEqual(['ACCOUNT_MODE', 'ACCOUNT_UNKNOWN']);
  });

  it('refuses an account that the session does not list, and a contract with an unknown outcome', () => {
    expect(orderGateReasons(OPEN, { ...ORDER, account: 'DU9', blockedByUnknown: true })).toEqual(['ACCOUNT_UNKNOWN', 'UNKNOWN_ORDER']);
  });

  it('asks live mode for its flag, a named account and an allow-list', () => {
    const live: GateFacts = { ...OPEN, mode: 'live', sessionAccounts: ['U1'] };
    const order: GateOrder = { ...ORDER, account: 'U1' };
    expect(orderGateReasons(live, order)).toEqual(['LIVE_NOT_ALLOWED', 'ACCOUNT_NOT_NAMED', 'ACCOUNT_NOT_ALLOWED']);
    expect(orderGateReasons({ ...live, allowLive: true, allowedAccounts: ['U1'] }, { ...order, accountNamed: true })).toEqual([]);
    expect(orderGateReasons({ ...live, allowLive: true, sessionAccounts: ['DU1'] })).toEqual(['ACCOUNT_MODE']);
  });

  it('asks live mode for an arming of this very account', () => {
    const live: GateFacts = { ...OPEN, mode: 'live', allowLive: true, allowedAccounts: ['U1', 'U2'], sessionAccounts: ['U1', 'U2'], armed: (account) => account === undefined || account === 'U2' };
    expect(orderGateReasons(live)).toEqual([]);
    expect(orderGateReasons(live, { ...ORDER, account: 'U2', accountNamed: true })).toEqual([]);
    expect(orderGateReasons(live, { ...ORDER, account: 'U1', accountNamed: true })).toEqual(['NOT_ARMED']);
  });

  it('leaves accounts, modes and armings to who was given for it, and says nothing twice', () => {
    const asked: unknown[] = [];
    const auth: GateAuth = {
      reasons: (order) => {
        asked.push(order);
        return ['READ_ONLY', 'NOT_CONNECTED', 'NOT_ARMED'];
      },
    };
    const facts: GateFacts = { ...OPEN, auth, connected: false, mode: 'live', sessionAccounts: [], armed: () => false };
    expect(orderGateReasons(facts, ORDER)).toEqual(['READ_ONLY', 'NOT_CONNECTED', 'NOT_ARMED']);
    expect(orderGateReasons(facts, { ...ORDER, accountNamed: true })).toEqual(['READ_ONLY', 'NOT_CONNECTED', 'NOT_ARMED']);
    expect(asked).toEqual([undefined, { account: undefined }, undefined, { account: 'DU1' }]);
    expect(cancelGateReasons(facts)).toEqual(['READ_ONLY', 'NOT_CONNECTED']);
  });

  it('puts what the caps say behind everything else', () => {
    expect(orderGateReasons({ ...OPEN, killSwitch: true }, { ...ORDER, blockedByUnknown: true, guards: ['DAY_ORDERS', 'PRICE_BAND'] })).toEqual(['KILL_SWITCH', 'UNKNOWN_ORDER', 'DAY_ORDERS', 'PRICE_BAND']);
  });

  it('names every reason at once', () => {
    const reasons = orderGateReasons({ ...OPEN, journal: 'failed', readOnly: true, killSwitch: true, upstreamDown: true, reconciled: false }, ORDER);
    expect(reasons).toEqual(['JOURNAL_FAILED', 'READ_ONLY', 'KILL_SWITCH', 'UPSTREAM_DOWN', 'RECONCILE_PENDING']);
  });
});

describe('cancelGateReasons', () => {
  it('lets a cancel pass while the link is down, unreconciled, and under the kill switch', () => {
    expect(cancelGateReasons({ ...OPEN, upstreamDown: true, reconciled: false, killSwitch: true })).toEqual([]);
  });

  it('is never stricter than the gate for orders', () => {
    const facts = fc.record<GateFacts>({
      phase: fc.constantFrom('idle', 'started', 'closed'),
      journal: fc.constantFrom('ok', 'fenced', 'failed'),
      leaseHeld: fc.boolean(),
      readOnly: fc.boolean(),
      killSwitch: fc.boolean(),
      connected: fc.boolean(),
      upstreamDown: fc.boolean(),
      reconciled: fc.boolean(),
      mode: fc.constantFrom('paper', 'live'),
      allowLive: fc.boolean(),
      allowedAccounts: fc.subarray(['DU1', 'U1']),
      sessionAccounts: fc.subarray(['DU1', 'U1']),
      armed: fc.constantFrom(() => true, () => false),
      readOnlyApi: fc.boolean(),
      restartAhead: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (seen) => {
        const reasons = orderGateReasons(seen, ORDER);
        expect(reasons).toEqual(expect.arrayContaining([...cancelGateReasons(seen)]));
        expect(reasons.length > 0 || seen.mode === 'paper' || (seen.allowLive && seen.armed())).toBe(true);
      }),
    );
  });
});

describe('gateRefusal', () => {
  it('carries the reasons as codes and in words, and is retryable only when time alone can help', () => {
    const waiting = gateRefusal(['UPSTREAM_DOWN', 'RECONCILE_PENDING'], 'order');
    expect(waiting).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', retryable: true, details: { reasons: ['UPSTREAM_DOWN', 'RECONCILE_PENDING'] } });
    expect(waiting.message).toContain(GATE_REASONS.UPSTREAM_DOWN);
    expect(gateRefusal(['NOT_CONNECTED', 'KILL_SWITCH'], 'order').retryable).toBe(false);
    expect(gateRefusal(['KILL_SWITCH'], 'order').tips).toEqual([GATE_TIPS.KILL_SWITCH]);
    expect(Object.keys(GATE_TIPS)).toEqual(Object.keys(GATE_REASONS));
  });
});
