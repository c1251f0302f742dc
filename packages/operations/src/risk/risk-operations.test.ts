import { ConnectionManager } from '@ibkit/core-connection';
import { Trading, memoryJournal } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { cursorOf } from '../orders/cursor.js';
import { orderOperations } from '../orders/order-operations.js';
import { IN_SESSION_MS, createRig, heldToContract } from '../testing/rig.js';
import { ordersSeen, ticketOf } from '../testing/tickets.js';
import type { AuditSource } from './risk-deps.js';
import { riskOperations } from './risk-operations.js';

const BUY = ticketOf({ kind: 'order', instrument: { symbol: 'SPY' }, action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 1 });

describe('risk', () => {
  it('tells gate, caps and what is used of them today', async () => {
    await using rig = await createRig({ trading: { accounts: ['DU1234567'], limits: { perOrder: { maxNotional: 1000 }, perDay: { maxOrders: 2 }, orderRate: { maxOrders: 50, perMs: 1000 } } } });
    await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    const risk = await rig.ask('risk', {});
    expect(risk).toMatchObject({ mode: 'paper', gate: [], killSwitch: false, allowedAccounts: ['DU1234567'], perOrder: { maxNotional: 1000 }, perDay: { maxOrders: 2 }, orderRate: { maxOrders: 50, perMs: 1000 }, today: { orders: 1, quantity: '10', notional: { USD: '10' } }, unknownOrders: 0 });
    expect(risk).not.toHaveProperty('arming');
    expect(risk).not.toHaveProperty('priceBandPercent');
    const big = ticketOf({ ...BUY, quantity: 5000 });
    expect((await rig.ask('previewOrder', { body: { ticket: big, whatIf: false } })).gate).toEqual(['ORDER_NOTIONAL']);
    expect(await rig.refusal('placeOrder', { body: { ticket: big } }, { idempotencyKey: 'big' })).toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['ORDER_NOTIONAL'] } });
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('sets the kill switch, which cancels and refuses until it is released', async () => {
    await using rig = await createRig();
    await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    expect(await rig.ask('releaseKill', { reason: 'none' })).toEqual({ changed: false });
    expect(await rig.ask('kill', { body: { reason: 'enough' } })).toMatchObject({ asked: [{ key: 'k' }], failed: [], global: false });
    await expect.poll(async () => (await rig.ask('order', { id: 'k' })).status).toBe('cancelled');
    const risk = await rig.ask('risk', {});
    expect(risk).toMatchObject({ killSwitch: true, killSwitchReason: 'enough', gate: [{ reason: 'KILL_SWITCH' }] });
    expect(risk.gate[0]?.explanation).toContain('kill switch');
    expect(await rig.refusal('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'later' })).toMatchObject({ details: { reasons: ['KILL_SWITCH'] } });
    expect(await rig.ask('releaseKill', { reason: 'calm' })).toEqual({ changed: true });
    expect((await rig.ask('risk', {})).killSwitch).toBe(false);
    expect(ordersSeen(rig.simulator)).toHaveLength(1);
  });

  it('does not arm paper trading, which needs none', async () => {
    await using paper = await createRig();
    expect(await paper.refusal('arm', { body: { account: 'DU1234567', forMs: 60_000, reason: 'test' } })).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
    expect(await paper.ask('disarm', {})).toEqual({ changed: false });
  });

  it('arms live trading in one account for a while, and ends that', async () => {
    const account = 'U1234567';
    await using simulator = await createSimulator({ startAtMs: IN_SESSION_MS, accounts: [account], forceAccounts: true });
    await using connection = new ConnectionManager({ port: simulator.port, paperTrading: false });
    await using marketData = new MarketData({ connection });
    await using trading = new Trading({ connection, marketData, mode: 'live', allowLive: true, accounts: [account] });
    const operations = { ...orderOperations({ clock: connection.clock, connection, marketData, trading }), ...riskOperations({ clock: connection.clock, trading }) };
    await trading.start();
    await connection.connect();
    await expect.poll(() => trading.gate()).toEqual(['NOT_ARMED']);
    const place = (key: string, ticket = ticketOf({ ...BUY, account })): ReturnType<typeof operations.placeOrder> => operations.placeOrder({ body: { ticket } }, { idempotencyKey: key });
    await expect(place('early')).rejects.toMatchObject({ details: { reasons: ['NOT_ARMED'] } });
    await expect(operations.arm({ body: { account: 'U7654321', forMs: 60_000, reason: 'test' } })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED' });
    const arming = await operations.arm({ body: { account, forMs: 60_000, reason: 'test' } });
    expect(heldToContract('arm', arming).expiresAtMs - arming.armedAtMs).toBe(60_000);
    expect(heldToContract('risk', await operations.risk({}))).toMatchObject({ mode: 'live', gate: [], arming });
    await expect(place('unnamed', BUY)).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_NOT_NAMED'] } });
    expect((await place('armed')).orders).toHaveLength(1);
    expect(await operations.disarm({ reason: 'done' })).toEqual({ changed: true });
    await expect(place('late')).rejects.toMatchObject({ details: { reasons: ['NOT_ARMED'] } });
    expect(ordersSeen(simulator)).toHaveLength(1);
  });

  it('compares with the broker, and remembers what the latest comparison found', async () => {
    await using rig = await createRig();
    await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' });
    rig.simulator.control.placeManualOrder({ symbol: 'AAPL', action: 'SELL', quantity: 1, lmtPrice: 900 });
    const report = await rig.ask('reconcile', {});
    expect(report).toMatchObject({ trigger: 'asked for', resolved: [], unknown: [], missing: [], foreignOrders: [{ action: 'SELL' }] });
    expect(await rig.ask('lastReconcile', {})).toEqual(report);
    await rig.connection.disconnect();
    expect(await rig.refusal('reconcile', {})).toMatchObject({ retryable: true });
    expect(await rig.ask('lastReconcile', {})).toEqual(report);
    const reason = new Error('enough');
    await expect(rig.operations.reconcile({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

/** An audit trail in the form of `@ibkit/journal` over a journal in memory. */
function trailOf(journal: Journal): AuditSource {
  return {
    async *audit({ order, fromMs = -Infinity, toMs = Infinity }) {
      for await (const { seq, term, record } of journal.read(1)) {
        const intentId = 'intentId' in record ? record.intentId : undefined;
        if (record.atMs < fromMs || record.atMs >= toMs || (order !== undefined && intentId !== order)) continue;
        yield JSON.stringify({ seq, term, intentId, hash: `hash ${seq}`, time: new Date(record.atMs).toISOString(), type: record.type, record });
      }
    },
  };
}

describe('the audit trail', () => {
  it('is read page by page, in order, each record once', async () => {
    const journal = memoryJournal();
    await using rig = await createRig({ trading: { journal }, operations: { audit: trailOf(journal) } });
    const { orders: [order] } = await rig.ask('placeOrder', { body: { ticket: BUY } }, { idempotencyKey: 'k' }); // prettier-ignore
    await rig.refusal('placeOrder', { body: { ticket: ticketOf({ ...BUY, limitPrice: 1.005 }) } }, { idempotencyKey: 'bad' });
    const whole = await rig.ask('audit', {});
    expect(whole.entries.map(({ type }) => type)).toEqual(expect.arrayContaining(['term', 'order.staged', 'order.sending', 'order.sent', 'order.acked', 'order.refused']));
    const paged: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await rig.ask('audit', { limit: 2, cursor });
      expect(page.entries.length).toBeLessThanOrEqual(2);
      paged.push(...page.entries.map(({ seq }) => seq));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(paged.slice(0, whole.entries.length)).toEqual(whole.entries.map(({ seq }) => seq));
    const own = await rig.ask('audit', { order: order?.id });
    expect(new Set(own.entries.map(({ orderId }) => orderId))).toEqual(new Set([order?.id]));
    expect((await rig.ask('audit', { from: '2099-01-01' })).entries).toEqual([]);
    expect(await rig.refusal('audit', { from: '1.1.' })).toMatchObject({ details: { field: 'from' } });
    expect(await rig.refusal('audit', { cursor: cursorOf('audit', ['x']) })).toMatchObject({ details: { field: 'cursor' } });
    const reason = new Error('enough');
    await expect(rig.operations.audit({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('says when there is none, and when it cannot be read', async () => {
    await using none = await createRig();
    expect(await none.refusal('audit', {})).toMatchObject({ code: 'IBKR_AUDIT_NOT_CONFIGURED', retryable: false });
    await using odd = await createRig({ operations: { audit: { async *audit() { yield await Promise.resolve('{"seq":"one"}'); } } } }); // prettier-ignore
    expect(await odd.refusal('audit', {})).toMatchObject({ code: 'IBKR_AUDIT_UNREADABLE' });
  });
});
