import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const SPY = { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const SOME_NUMBER: unknown = expect.any(Number);

describe('account operations', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig({ simulator: { accounts: ['DU1234567', 'DU7654321'] } });
    const order = await rig.trading.place({ contract: SPY, action: 'BUY', quantity: 100, orderType: 'MKT', account: 'DU1234567' });
    await order.filled({ timeoutMs: 10_000 });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('lists every account with the values that were asked for', async () => {
    const { accounts } = await rig.ask('accounts', { tags: ['NetLiquidation', 'AccountType'] });
    expect(accounts.map(({ account }) => account).sort()).toEqual(['DU1234567', 'DU7654321']);
    expect(new Set(accounts.flatMap(({ values }) => values.map(({ tag }) => tag)))).toEqual(new Set(['NetLiquidation', 'AccountType']));
  });

  it('lists positions without market values, and does not make any up', async () => {
    const { positions } = await rig.ask('positions', {});
    expect(positions).toEqual([expect.objectContaining({ account: 'DU1234567', symbol: 'SPY', secType: 'STK', position: 100, averageCost: SOME_NUMBER })]);
    expect(positions[0]).not.toHaveProperty('marketPrice');
  });

  it('lists positions with market values from the portfolios of all accounts, or of one', async () => {
    const { positions } = await rig.ask('positions', { values: true });
    expect(positions).toEqual([expect.objectContaining({ account: 'DU1234567', symbol: 'SPY', position: 100, marketPrice: SOME_NUMBER, marketValue: SOME_NUMBER })]);
    expect(await rig.ask('positions', { account: 'DU7654321', values: true })).toEqual({ positions: [] });
    expect(await rig.ask('positions', { account: 'DU7654321' })).toEqual({ positions: [] });
  });

  it('answers profit and loss of each account, and gives its requests back', async () => {
    const { pnl } = await rig.ask('pnl', {});
    expect(pnl.map(({ account }) => account).sort()).toEqual(['DU1234567', 'DU7654321']);
    expect(pnl.find(({ account }) => account === 'DU1234567')).toMatchObject({ stale: false, unrealizedPnl: SOME_NUMBER });
    expect((await rig.ask('pnl', { account: 'DU7654321' })).pnl).toHaveLength(1);
    const asked = rig.simulator.control.journal({ kind: 'in', type: 'reqPnL' }).length;
    await expect.poll(() => rig.simulator.control.journal({ kind: 'in', type: 'cancelPnL' }).length).toBe(asked);
  });

  it('refuses an account that the session does not have', async () => {
    expect(await rig.refusal('pnl', { account: 'DU0000001' })).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
    expect(await rig.refusal('positions', { account: 'DU0000001', values: true })).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT' });
  });

  it('ends with the reason of the signal', async () => {
    const reason = new Error('enough');
    await expect(rig.operations.pnl({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(rig.operations.accounts({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

it('says that there is no connection, rather than an empty list', async () => {
  await using rig = await createRig();
  await rig.connection.disconnect();
  for (const refused of [rig.refusal('accounts', {}), rig.refusal('positions', {}), rig.refusal('positions', { values: true }), rig.refusal('pnl', {})]) {
    expect(await refused).toMatchObject({ code: 'IBKR_NOT_CONNECTED', retryable: true });
  }
});
