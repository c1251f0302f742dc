import { describe, expect, it } from 'vitest';
import { PATIENCE, REST, Stage } from './testing/stage.js';

/** What an order came to, as the simulator has it. */
function executedAt(stage: Stage): readonly (readonly [execId: string, shares: number])[] {
  return stage.simulator.control.state().executions.map(({ execId, shares }) => [execId, shares]);
}

describe('scenario 9 and A6: fills during an outage', () => {
  it.each(['late', 'during', 'lost'] as const)('are booked exactly once when their callbacks come %s', async (callbacks) => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const told: string[] = [];
    trading.events.on('order.filled', ({ fill }) => told.push(fill.execId));
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    const closed = trading.events.once('gate.changed');
    const outage = simulator.control.inject({ type: 'fill-during-outage', callbacks });
    await closed;
    expect(trading.gate()).toContain('UPSTREAM_DOWN');
    outage();
    const filled = await handle.filled(PATIENCE);
    await trading.ready();
    await trading.reconcile();
    expect(filled).toMatchObject({ status: 'filled', filledQuantity: 10 });
    expect(handle.state.fills.map(({ execId, quantity }) => [execId, quantity])).toEqual(executedAt(stage));
    expect([...told].sort()).toEqual(executedAt(stage).map(([execId]) => execId).sort());
    expect(stage.seen('placeOrder')).toHaveLength(1);
  });

  it('are booked once when the socket broke as well', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const handle = await trading.place(REST);
    await handle.acknowledged(PATIENCE);
    const outage = simulator.control.inject({ type: 'fill-during-outage', callbacks: 'lost' });
    simulator.control.dropClients('rst', 1);
    outage();
    await handle.filled(PATIENCE);
    await trading.ready();
    await trading.reconcile();
    expect(handle.state.fills.map(({ execId, quantity }) => [execId, quantity])).toEqual(executedAt(stage));
    expect(await trading.positions()).toMatchObject([{ position: 10 }]);
  });
});

describe('scenario 9: callbacks in whatever order', () => {
  it('make one truth: fills before acknowledgements, no status at all, each twice, a commission ten seconds late, and a correction', async () => {
    await using stage = await Stage.open({}, { orders: { partialFills: false } });
    const { trading, simulator } = stage;
    const { control } = simulator;
    control.inject({ type: 'lose-ack', count: 1000, callbacks: ['orderStatus'] });
    control.inject({ type: 'reorder-callbacks', holdMs: 100 });
    control.inject({ type: 'duplicate-callbacks' });
    const late = control.inject({ type: 'late-commission', delayMs: 300 });
    const handle = await trading.place({ ...REST, orderType: 'LMT', limitPrice: 100_000, key: 'k' });
    const filled = await handle.filled(PATIENCE);
    expect(filled.fills.map(({ commission }) => commission)).toEqual([{ status: 'pending' }]);
    const [execId = ''] = filled.fills.map((fill) => fill.execId);
    const told = trading.events.once('order.commission');
    late();
    await told;
    const price = filled.fills[0]?.price ?? 0;
    expect(handle.state.fills).toMatchObject([{ execId, commission: { status: 'known' } }]);
    expect(handle.state.fills[0]?.commission).not.toMatchObject({ amount: 0 });

    const corrected = trading.events.once('order.filled');
    control.correctExecution(execId, price + 0.05);
    await corrected;
    expect(handle.state).toMatchObject({ status: 'filled', filledQuantity: 10 });
    expect(handle.state.fills).toHaveLength(1);
    expect(handle.state.averagePrice).toBeCloseTo(price + 0.05, 9);
    const [fill] = handle.state.fills;
    expect(fill?.execId).not.toBe(execId);
    const [execution, ...others] = await trading.executions();
    expect([execution?.execId, execution?.price, others]).toEqual([fill?.execId, fill?.price, []]);
    expect(trading.fills({ key: 'k' }).map((seen) => seen.execId)).toEqual([fill?.execId]);
  });
});
