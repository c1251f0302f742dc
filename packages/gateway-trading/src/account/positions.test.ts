import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const MSFT = { ...AAPL, conId: 272093, symbol: 'MSFT' };

function row(contract: typeof AAPL | typeof MSFT, position: number, account = 'DU1234567') {
  return { type: 'position', account, contract, position, avgCost: 10 } as const;
}

function sent({ connection }: Rig, type: string): number {
  return connection.sent.filter((message) => message.type === type).length;
}

describe('positions', () => {
  it('never end the stream of positions, which has no id and may be somebody else\'s', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    await trading.positions();
    await trading.reconcile();
    const live = trading.positionUpdates();
    await settle();
    await live.close();
    connection.mute.add('reqPositions');
    const given = trading.positions().catch((error: unknown) => error);
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    expect(await given).toMatchObject({ code: 'IBKR_TIMEOUT' });
    await trading.close();
    expect(sent(rig, 'reqPositions')).toBeGreaterThan(3);
    expect(sent(rig, 'cancelPositions')).toBe(0);
  });

  it('are complete when the end of an answer to somebody else comes first', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.mute.add('reqPositions');
    // Somebody asked over the same connection; the first row is there already.
    connection.emit(row(AAPL, 5));
    const asking = trading.positions();
    await settle();
    connection.emit(row(MSFT, 7));
    connection.emit({ type: 'positionEnd' });
    expect((await asking).map(({ contract, position }) => [contract.symbol, position])).toEqual([['AAPL', 5], ['MSFT', 7]]);
    await trading.close();
  });

  it('have no cost of 0 because the broker does not know it', async () => {
    const { connection, trading } = await readyRig();
    connection.broker.positions = [{ ...row(AAPL, 5), avgCost: undefined }];
    expect(await trading.positions()).toStrictEqual([{ account: 'DU1234567', contract: AAPL, position: 5, avgCost: undefined }]);
    await trading.close();
  });

  it('do not contain rows of an earlier session or of a list that ended', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.emit(row(AAPL, 5));
    connection.emit({ type: 'positionEnd' });
    expect(await trading.positions()).toEqual([]);
    connection.emit(row(AAPL, 5));
    connection.down();
    connection.up();
    await settle();
    expect(await trading.positions()).toEqual([]);
    await trading.close();
  });

  it('of one account, group or model are asked for by name, with a request id', async () => {
    const { connection, trading, settle } = await readyRig();
    const asking = trading.positions({ account: 'All_Accounts', model: 'M' });
    await settle();
    const request = connection.sent.find((message) => message.type === 'reqPositionsMulti');
    expect(request).toMatchObject({ account: 'All_Accounts', modelCode: 'M' });
    const reqId = request !== undefined && 'reqId' in request ? request.reqId : 0;
    const multi = { ...row(AAPL, 5), type: 'positionMulti', reqId, modelCode: 'M' } as const;
    connection.emit({ ...multi, reqId: 3 });
    connection.emit(multi);
    connection.emit({ ...multi, contract: MSFT, position: 0 });
    connection.emit({ type: 'positionMultiEnd', reqId });
    expect(await asking).toEqual([{ account: 'DU1234567', contract: AAPL, position: 5, avgCost: 10 }]);
    expect(connection.sent.at(-1)).toEqual({ type: 'cancelPositionsMulti', reqId });
    await trading.close();
  });

  it('are kept up to date: a list, then changes, then what a later list shows', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.broker.positions = [row(AAPL, 5)];
    const live = trading.positionUpdates();
    await live.waitFor(({ positions }) => positions.length === 1);
    connection.emit(row(MSFT, 7));
    connection.emit(row(AAPL, 0));
    await settle();
    expect(live.current).toMatchObject({ positions: [{ contract: MSFT, position: 7 }], stale: false });
    // The stream died in silence: the next complete list says what is true.
    connection.broker.positions = [row(MSFT, 9)];
    await trading.reconcile();
    expect(live.current?.positions.map(({ position }) => position)).toEqual([9]);
    await trading.close();
  });

  it('are stale from the loss of the link until a complete list that was asked for afterwards', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.broker.positions = [row(AAPL, 5)];
    const live = trading.positionUpdates();
    await live.waitFor(() => true);
    connection.notice(1100, 'lost');
    expect(live.current).toMatchObject({ stale: true, positions: [{ position: 5 }] });
    connection.mute.add('reqPositions');
    connection.notice(1102, 'back');
    await settle();
    connection.emit(row(AAPL, 6));
    expect(live.current).toMatchObject({ stale: true, positions: [{ position: 6 }] });
    connection.mute.clear();
    connection.broker.positions = [row(AAPL, 6)];
    connection.emit({ type: 'positionEnd' });
    await live.waitFor(({ stale }) => !stale);
    expect(live.current).toMatchObject({ gaps: 1, positions: [{ position: 6 }] });
    await trading.close();
  });

  it('are stale with the reason while the broker does not send them, and asked for again', async () => {
    const { connection, trading, settle } = await readyRig();
    connection.broker.positions = [row(AAPL, 5)];
    const live = trading.positionUpdates();
    await live.waitFor(() => true);
    connection.mute.add('reqPositions');
    connection.down();
    connection.up();
    await connection.clock.advance(2 * DEFAULT_TRADING.listTimeoutMs);
    expect(live.current?.stale).toBe(true);
    connection.mute.clear();
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs + DEFAULT_TRADING.reconcileRetryMs);
    await settle();
    expect(live.current).toMatchObject({ stale: false, gaps: 1 });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });
});
