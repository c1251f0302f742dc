import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { BUY, readyRig } from '../testing/rig.js';

describe('an order handle', () => {
  it('iterates over every state, late fills and commissions included, and then ends', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place(BUY);
    const seen: string[] = [];
    const reading = (async (): Promise<void> => {
      for await (const { status, filledQuantity, fills } of handle) seen.push(`${status} ${filledQuantity} ${fills.filter(({ commission }) => commission.status === 'known').length}`);
    })();
    const order = broker().work();
    connection.emit(order.orderStatus('Cancelled', 40));
    connection.emit(order.execution('a.b.c.01', 40));
    await connection.clock.advance(60_000);
    connection.emit(order.commission('a.b.c.01', 1));
    await connection.clock.advance(DEFAULT_TRADING.lingerMs);
    await reading;
    expect(seen).toEqual(['sending 0 0', 'acked 0 0', 'working 0 0', 'cancelled 0 0', 'cancelled 40 0', 'cancelled 40 1']);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('counts as filled when the executions are here, and asks for those that do not come', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    connection.emit(order.orderStatus('Filled', 100));
    expect(await handle.done({ fillsWithinMs: 0 })).toMatchObject({ status: 'filled', filledQuantity: 0, reportedFilled: 100, fillsComplete: false });
    let filled: number | undefined;
    const waiting = handle.filled().then(({ filledQuantity }) => (filled = filledQuantity));
    await settle();
    expect(filled).toBeUndefined();
    connection.broker.executions = [order.execution('a.b.c.01', 100)];
    await connection.clock.advance(2_000);
    expect(await waiting).toBe(100);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is done when the executions that its status counts are here, too', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    const done = handle.done();
    connection.emit(order.orderStatus('Filled', 100));
    await settle();
    connection.emit(order.execution('a.b.c.01', 60));
    await settle();
    connection.emit(order.execution('a.b.d.01', 40));
    expect(await done).toMatchObject({ status: 'filled', filledQuantity: 100, averagePrice: 190, fillsComplete: true });
    expect(await handle.done()).toMatchObject({ filledQuantity: 100, fillsComplete: true });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('waits for the executions of what was cancelled in the middle, and asks for them', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    const done = handle.done();
    connection.emit(order.orderStatus('Cancelled', 40));
    connection.broker.executions = [order.execution('a.b.c.01', 40)];
    await connection.clock.advance(2_000);
    expect(await done).toMatchObject({ status: 'cancelled', filledQuantity: 40, reportedFilled: 40, fillsComplete: true });
    await trading.close();
  });

  it('is not done when the order turns out to work while its fills are waited for', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    connection.emit(order.orderStatus('Submitted', 40));
    const verdicts: string[] = [];
    const waiting = handle.done().then(({ status, filledQuantity, fillsComplete }) => verdicts.push(`${status} ${filledQuantity} ${fillsComplete}`));
    const limited = expect(handle.done({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'IBKR_TIMEOUT' });
    connection.broker.open = [order.openOrder('Submitted')];
    connection.notice(103, 'Duplicate order id', order.placed.orderId);
    expect(handle.state.status).toBe('rejected');
    await connection.clock.advance(1_000);
    expect(handle.state.status).toBe('working');
    await connection.clock.advance(20_000);
    await limited;
    expect(verdicts).toEqual([]);
    connection.broker.open = [];
    connection.emit(order.execution('a.b.c.01', 40));
    connection.emit(order.orderStatus('Cancelled', 40));
    await waiting;
    expect(verdicts).toEqual(['cancelled 40 true']);
    await trading.close();
  });

  it('keeps its verdict, and says that fills are missing, when the executions do not come in time', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const handle = await trading.place(BUY);
    const order = broker().work();
    const short = { status: 'filled', filledQuantity: 0, reportedFilled: 100, fillsComplete: false };
    const stop = new AbortController();
    const waits = [
      expect(handle.done()).resolves.toMatchObject(short),
      expect(handle.done({ timeoutMs: 100 })).resolves.toMatchObject(short),
      expect(handle.done({ signal: stop.signal })).rejects.toThrow('enough'),
      expect(handle.done({ fillsWithinMs: 3_600_000 })).resolves.toMatchObject(short),
    ];
    connection.emit(order.orderStatus('Filled', 100));
    await settle();
    stop.abort(new Error('enough'));
    await connection.clock.advance(5_000);
    await Promise.all(waits.slice(0, 3));
    await trading.close();
    await waits[3];
    expect(await handle.done()).toMatchObject(short);
    await expect(handle.done({ fillsWithinMs: -1 })).rejects.toMatchObject({ details: { field: 'fillsWithinMs' } });
    expect(connection.clock.pending).toBe(0);
  });

  it('stops waiting at its time limit, by its signal, and when trading closes; the order lives on', async () => {
    const { connection, trading, broker } = await readyRig();
    const handle = await trading.place(BUY);
    broker().work();
    const stop = new AbortController();
    const waits = [
      expect(handle.done({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'IBKR_TIMEOUT', details: { status: 'working' } }),
      expect(handle.done({ signal: stop.signal })).rejects.toThrow('enough'),
      expect(handle.done()).rejects.toMatchObject({ code: 'IBKR_TRADING_CLOSED' }),
    ];
    await connection.clock.advance(100);
    stop.abort(new Error('enough'));
    const updates = handle.updates();
    await updates.next();
    const ended = updates.next();
    await trading.close();
    await Promise.all(waits);
    expect(await ended).toEqual({ done: true, value: undefined });
    expect(connection.clock.pending).toBe(0);
    await expect(trading.start()).rejects.toMatchObject({ code: 'IBKR_TRADING_CLOSED' });
  });

  it('may be waited for many times without a warning of a leak', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const { trading } = await readyRig();
    const handle = await trading.place(BUY);
    const waits = Array.from({ length: 20 }, () => handle.done().catch((error: unknown) => error));
    await trading.close();
    expect(await Promise.all(waits)).toEqual(waits.map(() => expect.objectContaining({ code: 'IBKR_TRADING_CLOSED' }) as unknown));
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
  });
});
