import { OrderError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { DEFAULT_TRADING } from '../options.js';
import { BUY, readyRig, rigOn } from '../testing/rig.js';

describe('the gate', () => {
  it('is closed before the start, before a session, and until the session is reconciled', async () => {
    const { connection, trading, settle } = rigOn(new FakeConnection());
    const refusals: unknown[] = [];
    const attempt = async (): Promise<void> => {
      await trading.place(BUY).catch((error: unknown) => refusals.push(error instanceof OrderError ? error.details['reasons'] : error));
    };
    await attempt();
    await trading.start();
    await attempt();
    connection.mute.add('reqExecutions');
    connection.up();
    await settle();
    await attempt();
    expect(refusals).toEqual([['NOT_STARTED', 'NOT_CONNECTED'], ['NOT_CONNECTED'], ['RECONCILE_PENDING']]);
    connection.mute.clear();
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs + DEFAULT_TRADING.reconcileRetryMs);
    await trading.place(BUY);
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('refuses in paper mode when the accounts are not paper ones', async () => {
    const { connection, trading, settle } = rigOn(new FakeConnection());
    connection.accounts = ['U7654321'];
    connection.up();
    await trading.start();
    await settle();
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_MODE'] } });
    await expect(trading.ready()).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_MODE'] } });
    await trading.close();
  });

  it('needs flag, allow-list, an arming and a named account in live mode', async () => {
    const { connection, trading } = rigOn(new FakeConnection(), { mode: 'live', allowLive: true, accounts: ['U7654321'] });
    connection.accounts = ['U7654321'];
    connection.up();
    await trading.start();
    await trading.arm({ account: 'U7654321', forMs: 60_000, reason: 'test' });
    await trading.ready();
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_NOT_NAMED'] } });
    await trading.place({ ...BUY, account: 'U7654321' });
    expect(connection.placed).toHaveLength(1);
    await trading.close();
  });

  it('closes at 1100, lets cancels through, and opens after a new sweep', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    const gates: boolean[] = [];
    trading.events.on('gate.changed', ({ open }) => gates.push(open));
    const handle = await trading.place(BUY);
    const order = broker().work();
    connection.notice(1100, 'Connectivity between IB and TWS has been lost.');
    await settle();
    await expect(trading.place({ ...BUY, quantity: 1 })).rejects.toMatchObject({ details: { reasons: ['UPSTREAM_DOWN', 'RECONCILE_PENDING'] } });
    await trading.cancel(handle);
    expect(connection.sent.at(-1)).toEqual({ type: 'cancelOrder', orderId: 2 });
    expect(handle.state.cancel).toBe('requested');
    connection.broker.open = [order.openOrder('Submitted')];
    connection.notice(1102, 'restored');
    await settle();
    expect(trading.gate()).toEqual([]);
    expect(gates).toEqual([false, false, true]);
    await trading.close();
  });

  it('stays closed after a restart with the kill switch on, and cancels what works', async () => {
    const journal = memoryJournal();
    const first = await readyRig({ journal });
    await first.trading.place(BUY);
    first.broker().work();
    const report = await first.trading.kill('too wild');
    expect([report.requested.length, report.failed.length, first.connection.sent.at(-1)]).toEqual([1, 0, { type: 'cancelOrder', orderId: 2 }]);
    await first.trading.close();

    const second = rigOn(new FakeConnection(), { journal });
    second.connection.up();
    await second.trading.start();
    await second.settle();
    expect(second.trading.gate()).toEqual(['KILL_SWITCH']);
    await second.trading.releaseKill('calm again');
    expect(second.trading.gate()).toEqual([]);
    await second.trading.close();
  });

  it('cancels under the kill switch as soon as it can', async () => {
    const { connection, trading, broker, settle } = await readyRig();
    await trading.place(BUY);
    connection.broker.open = [broker().work().openOrder('Submitted')];
    connection.down();
    expect((await trading.kill('no link, and too wild')).failed).toHaveLength(1);
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([]);
    connection.up();
    await settle();
    expect(connection.sent.filter(({ type }) => type === 'cancelOrder')).toEqual([{ type: 'cancelOrder', orderId: 2 }]);
    await trading.close();
  });

  it('can be waited for, with a time limit that names what is missing', async () => {
    const { connection, trading } = rigOn(new FakeConnection());
    const waiting = expect(trading.ready({ timeoutMs: 500 })).rejects.toMatchObject({ code: 'IBKR_TIMEOUT', details: { reasons: ['NOT_CONNECTED'] } });
    await connection.clock.advance(500);
    await waiting;
    const stop = new AbortController();
    const stopped = expect(trading.ready({ signal: stop.signal })).rejects.toThrow('enough');
    await connection.clock.settle();
    stop.abort(new Error('enough'));
    await stopped;
    const ready = trading.ready();
    await connection.clock.settle();
    connection.up();
    await ready;
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('refuses everything when read-only', async () => {
    const { connection, trading, settle } = rigOn(new FakeConnection(), { readOnly: true });
    connection.up();
    await trading.start();
    await settle();
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['READ_ONLY'] } });
    await trading.close();
  });

  it('lets go of the connection when its start fails half-way', async () => {
    const { connection, trading } = rigOn(new FakeConnection());
    connection.up();
    Object.defineProperty(connection, 'nextOrderIdFloor', { get: () => { throw new Error('cannot say'); } }); // prettier-ignore
    await expect(trading.start()).rejects.toThrow('cannot say');
    expect([connection.events.listenerCount('connection.stateChanged'), connection.events.listenerCount('connection.recovered')]).toEqual([0, 0]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is for one object on a connection, whose order ids nobody else may give out', async () => {
    const { connection, trading } = await readyRig();
    const other = rigOn(connection).trading;
    await expect(other.start()).rejects.toThrow(/one Trading object at a time/u);
    await other.close();
    await expect(rigOn(connection).trading.start()).rejects.toThrow(/one Trading object at a time/u);
    await trading.close();
    const next = rigOn(connection).trading;
    await next.ready();
    await next.close();
  });
});
