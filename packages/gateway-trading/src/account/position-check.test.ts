import type { WireContract } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AAPL, BUY, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import { ExecutionSums } from './execution-sums.js';

const ACCOUNT = 'DU1234567';

function row(position: number, contract: object = AAPL) {
  return { type: 'position', account: ACCOUNT, contract, position, avgCost: 10 } as const;
}

function execution(execId: string, shares: number, { side = 'BOT', contract = AAPL }: { readonly side?: string; readonly contract?: WireContract } = {}) {
  return {
    type: 'execDetails',
    reqId: -1,
    orderId: 0,
    contract,
    execution: { execId, time: '20240102-14:30:00', acctNumber: ACCOUNT, exchange: 'NASDAQ', side, shares, price: 190, permId: '7', clientId: 0, liquidation: 0, cumQty: shares, avgPrice: 190 },
  } as const;
}

function watch({ trading }: Rig): (readonly (readonly [expected: number, actual: number])[])[] {
  const told: (readonly (readonly [number, number])[])[] = [];
  trading.events.on('positions.drifted', ({ drifts }) => told.push(drifts.map(({ expected, actual }) => [expected, actual] as const)));
  return told;
}

describe('positions and executions', () => {
  it('agree when every change was executed, corrections and sales counted right and nothing counted for currencies and combinations', async () => {
    const rig = await readyRig();
    const { connection, trading } = rig;
    connection.broker.positions = [row(5)];
    expect((await trading.checkPositions()).status).toBe('began');
    connection.emit(execution('a.b.c.01', 0.1));
    connection.emit(execution('a.b.c.02', 0.2));
    connection.emit(execution('a.b.d.01', 0.1));
    connection.emit(execution('a.b.e.01', 4, { side: 'SLD' }));
    connection.emit(execution('a.b.f.01', 4, { contract: { symbol: 'AAPL', secType: 'BAG', conId: 28812380 } }));
    connection.emit(execution('a.b.g.01', 1000, { contract: { symbol: 'EUR', secType: 'CASH', conId: 12087792 } }));
    connection.broker.positions = [row(1.3)];
    expect(await trading.checkPositions()).toMatchObject({ status: 'agrees', drifts: [] });
    await trading.close();
  });

  it('differ when a position moved by itself: told once, by how much, and nothing is done about it', async () => {
    const rig = await readyRig();
    const { connection, trading } = rig;
    const told = watch(rig);
    connection.broker.positions = [row(5)];
    await trading.checkPositions();
    connection.emit(execution('a.b.c.01', 10));
    connection.broker.positions = [row(12)];
    const placed = connection.placed.length;
    expect(await trading.checkPositions()).toMatchObject({
      status: 'differs',
      drifts: [{ account: ACCOUNT, contract: AAPL, expected: 15, actual: 12, difference: -3 }],
    });
    expect((await trading.checkPositions()).status).toBe('agrees');
    expect(told).toEqual([[[15, 12]]]);
    expect(connection.placed.length).toBe(placed);
    await trading.close();
  });

  it('are compared after sweeps, without questions of their own while they fit', async () => {
    const rig = await readyRig();
    const { connection, trading } = rig;
    const told = watch(rig);
    const asked = (): number => connection.sent.filter(({ type }) => type === 'reqExecutions').length;
    connection.broker.positions = [row(5)];
    await connection.clock.advance(10_000);
    const before = asked();
    await trading.reconcile();
    await connection.clock.advance(10_000);
    expect(asked()).toBe(before + 1);
    await trading.reconcile();
    await connection.clock.advance(10_000);
    expect(asked()).toBe(before + 2);
    connection.broker.positions = [];
    await trading.reconcile();
    expect(told).toEqual([]);
    await connection.clock.advance(10_000);
    expect(told).toEqual([[[5, 0]]]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('are compared at a moment: an execution that comes between the lists is no difference', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    connection.broker.positions = [row(5)];
    await trading.checkPositions();
    connection.mute.add('reqPositions');
    const checking = trading.checkPositions();
    await settle();
    connection.emit(execution('a.b.c.01', 10));
    connection.mute.clear();
    connection.emit(row(5));
    connection.emit({ type: 'positionEnd' });
    connection.broker.positions = [row(15)];
    expect(await checking).toMatchObject({ status: 'agrees' });
    await trading.close();
  });

  it('are not compared while executions keep coming, over the end of the broker\'s day, or for an account that is gone', async () => {
    const rig = await readyRig();
    const { connection, trading } = rig;
    connection.broker.positions = [row(5)];
    await trading.checkPositions();
    let count = 0;
    const off = connection.onMessage(({ type }) => {
      if (type !== 'positionEnd') return;
      count += 1;
      connection.broker.executions = [execution(`a.b.${count}.01`, 1)];
    });
    expect((await trading.checkPositions()).status).toBe('unsettled');
    off();
    connection.broker.positions = [];
    connection.accounts = ['DU7654321'];
    expect((await trading.checkPositions()).status).toBe('agrees');
    connection.accounts = [ACCOUNT];
    connection.broker.positions = [row(7)];
    await connection.clock.advance(24 * 3_600_000);
    expect((await trading.checkPositions()).status).toBe('began');
    await trading.close();
  });

  it('are not compared any more, and nothing waits, once trading is closed', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.mute.add('reqPositions');
    const checking = trading.checkPositions().catch((error: unknown) => error);
    await settle();
    await trading.close();
    expect(await checking).toMatchObject({ code: 'IBKR_TRADING_CLOSED' });
    expect(connection.clock.pending).toBe(0);
  });

  it('include what our own orders did', async () => {
    const rig = await readyRig();
    const { connection, trading, broker } = rig;
    await trading.checkPositions();
    await trading.place(BUY);
    const order = broker().work();
    connection.emit(order.execution('x.y.z.01', 100));
    connection.broker.positions = [row(100)];
    expect((await trading.checkPositions()).status).toBe('agrees');
    await trading.close();
  });
});

describe('sums of executions', () => {
  it('are exact, and the same whatever order and how often they are shown in', () => {
    const executions = fc.array(fc.record({ id: fc.integer({ min: 1, max: 6 }), revision: fc.integer({ min: 1, max: 3 }), tenths: fc.integer({ min: 1, max: 50 }), sold: fc.boolean() }), { maxLength: 20 });
    fc.assert(fc.property(executions, fc.infiniteStream(fc.nat()), (rows, chance) => {
      // One amount per revision: the broker does not tell two stories under one id.
      const told = new Map(rows.map((each) => [`a.b.${each.id}.0${each.revision}`, each]));
      const newest = new Map([...told.values()].sort((a, b) => a.revision - b.revision).map((each) => [each.id, each]));
      const tenths = [...newest.values()].reduce((sum, each) => sum + (each.sold ? -each.tenths : each.tenths), 0);
      const sums = new ExecutionSums();
      const shown = [...told, ...told].sort(() => (Number(chance.next().value) % 3) - 1);
      for (const [execId, each] of shown) sums.book(execution(execId, each.tenths / 10, { side: each.sold ? 'SLD' : 'BOT' }));
      const [sum] = [...sums.sums().values()];
      expect(Number(sum?.amount ?? '0')).toBe(tenths / 10);
    }));
  });
});
