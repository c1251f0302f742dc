import { sessionRestart } from '@ibkit/core-connection';
import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

describe('A9: after a restart of the program', () => {
  it('the working orders of its client id are its own again: shown, changed, cancelled, and not placed a second time', async () => {
    await using stage = await Stage.open();
    for (const key of ['a', 'b', 'c']) await (await stage.trading.place({ ...REST, key })).acknowledged(PATIENCE);
    await stage.restart();
    const { trading, simulator } = stage;
    expect(trading.orders().map(({ key, status }) => [key, status])).toEqual([['a', 'working'], ['b', 'working'], ['c', 'working']]);
    expect((await trading.reconcile()).foreignOrders).toEqual([]);
    await trading.place({ ...REST, key: 'a' });
    expect(stage.seen('placeOrder')).toHaveLength(3);
    await trading.modify('b', { limitPrice: 2 });
    await trading.cancel('c');
    expect((await trading.order('c')?.done(PATIENCE))?.status).toBe('cancelled');
    expect(simulator.control.state().openOrders.map(({ lmtPrice }) => lmtPrice).sort()).toEqual([1, 2]);
  });

  it('what filled and what was cancelled meanwhile is known, once, with its cost', async () => {
    await using stage = await Stage.open();
    const { simulator } = stage;
    await (await stage.trading.place({ ...REST, key: 'filled' })).acknowledged(PATIENCE);
    await stage.trading.close();
    simulator.control.setPrice('AAPL', 0.5);
    await stage.stands(({ openOrders }) => openOrders.length === 0);
    await stage.restart();
    const filled = await stage.trading.order('filled')?.filled(PATIENCE);
    expect(filled).toMatchObject({ status: 'filled', filledQuantity: 10 });
    expect(filled?.fills.map(({ execId }) => execId)).toEqual(simulator.control.state().executions.map(({ execId }) => execId));
    expect(filled?.fills.every(({ commission }) => commission.status === 'known')).toBe(true);
  });

  it('a fill that was corrected twice meanwhile is counted once, as it was corrected last', async () => {
    await using stage = await Stage.open({}, { orders: { partialFills: false } });
    const { control } = stage.simulator;
    const handle = await stage.trading.place({ ...REST, limitPrice: 100_000, key: 'k' });
    const { fills } = await handle.filled(PATIENCE);
    await stage.trading.close();
    control.correctExecution(fills[0]?.execId ?? '', 77);
    control.correctExecution(control.state().executions.at(-1)?.execId ?? '', 78);
    await stage.restart();
    const verdict = await stage.trading.order('k')?.done(PATIENCE);
    expect(verdict).toMatchObject({ status: 'filled', filledQuantity: 10, averagePrice: 78, fillsComplete: true });
    expect(verdict?.fills).toMatchObject([{ price: 78, commission: { status: 'known' } }]);
  });
});

describe('a restart of the gateway that the calendar knows', () => {
  it('finds the gate closed a minute before, and open again after it and a sweep, with the order resting', async () => {
    const at = Date.UTC(2026, 2, 4, 4, 50);
    await using stage = await Stage.open({}, { startAtMs: at }, { restartWindows: [sessionRestart({ at: '23:55', timeZone: 'America/New_York' })] });
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    expect(trading.gate()).toEqual([]);
    await simulator.control.advance(4.5 * 60_000);
    await stage.answered();
    expect(trading.gate()).toEqual(['RESTART_AHEAD']);
    await expect(trading.place(REST)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', retryable: true, details: { reasons: ['RESTART_AHEAD'] } });
    await simulator.control.advance(60_000);
    await stage.answered();
    expect(trading.gate()).toEqual(['RESTART_AHEAD']);
    const epoch = stage.connection.session?.epoch;
    simulator.control.inject({ type: 'restart', for: 100 });
    await stage.recovered(epoch);
    expect([handle.state.status, trading.gate()]).toEqual(['working', []]);
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });
});
