import { describe, expect, it } from 'vitest';
import { AAPL, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const ACCOUNT = 'DU1234567';

/** The request ids of the requests of one type that left, oldest first. */
function asked({ connection }: Rig, type: 'reqPnL' | 'reqPnLSingle' | 'cancelPnL' | 'cancelPnLSingle'): readonly number[] {
  return connection.sent.flatMap((message) => (message.type === type ? [message.reqId] : []));
}

function tell({ connection }: Rig, reqId: number | undefined, dailyPnL: number | undefined): void {
  connection.emit({ type: 'pnl', reqId: reqId ?? 0, dailyPnL, unrealizedPnL: 1.25, realizedPnL: undefined });
}

describe('profit and loss', () => {
  it('is asked for once, however many read, and given up with the last reader', async () => {
    const rig = await readyRig();
    const { trading, settle } = rig;
    const one = trading.pnl();
    const two = trading.pnl(ACCOUNT);
    const [id] = asked(rig, 'reqPnL');
    expect(asked(rig, 'reqPnL')).toHaveLength(1);
    expect([one.status, one.current]).toEqual(['waiting', undefined]);
    tell(rig, id, 10.07);
    await settle();
    expect(one.current).toMatchObject({ account: ACCOUNT, dailyPnl: 10.07, unrealizedPnl: 1.25, realizedPnl: undefined, stale: false, gaps: 0 });
    expect(two.current).toBe(one.current);
    await one.close();
    expect(asked(rig, 'cancelPnL')).toEqual([]);
    await two.close();
    expect(asked(rig, 'cancelPnL')).toEqual([id]);
    const three = trading.pnl();
    expect(asked(rig, 'reqPnL')).toHaveLength(2);
    expect(three.current).toBeUndefined();
    await trading.close();
    expect(three.status).toBe('ended');
  });

  it('gives a slow reader the latest value and not a queue of old ones', async () => {
    const rig = await readyRig();
    const { trading, settle } = rig;
    const pnl = trading.pnl();
    const [id] = asked(rig, 'reqPnL');
    const seen: (number | undefined)[] = [];
    for await (const { dailyPnl } of (tell(rig, id, 0), pnl)) {
      seen.push(dailyPnl);
      if (dailyPnl === 5) break;
      for (const value of [1, 2, 3, 4, 5]) tell(rig, id, value);
      await settle();
    }
    expect(seen).toEqual([0, 5]);
    expect(pnl.status).toBe('ended');
    await trading.close();
  });

  it('keeps what is not known absent, and amounts as the broker wrote them', async () => {
    const rig = await readyRig();
    const pnl = rig.trading.pnlOf(AAPL);
    const [id] = asked(rig, 'reqPnLSingle');
    rig.connection.emit({ type: 'pnlSingle', reqId: id ?? 0, position: 0, dailyPnL: Number.MAX_VALUE, unrealizedPnL: undefined, realizedPnL: -0.1, value: 1_234_567.89 });
    expect(pnl.current).toMatchObject({ conId: AAPL.conId, position: 0, dailyPnl: undefined, unrealizedPnl: undefined, realizedPnl: -0.1, value: 1_234_567.89 });
    await rig.trading.close();
  });

  it('is stale while the session is lost, and fresh with a gap from the last word before to the first after', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const pnl = trading.pnl();
    // What follows the first sweep is over.
    await connection.clock.advance(10_000);
    tell(rig, asked(rig, 'reqPnL')[0], 1);
    const fromMs = connection.clock.now();
    const gaps: unknown[] = [];
    pnl.on('gap', (gap) => gaps.push(gap));
    await connection.clock.advance(4_000);
    const stale = pnl.waitFor((value) => value.stale);
    connection.down();
    expect(await stale).toMatchObject({ dailyPnl: 1, stale: true, staleReason: 'the connection was lost', gaps: 0 });
    await connection.clock.advance(1_000);
    connection.up();
    await settle();
    expect(pnl.current?.stale).toBe(true);
    expect(asked(rig, 'reqPnL')).toHaveLength(2);
    // What arrives under an id of the session before means nothing.
    tell(rig, asked(rig, 'reqPnL')[0], 99);
    expect(pnl.current).toMatchObject({ dailyPnl: 1, stale: true });
    tell(rig, asked(rig, 'reqPnL')[1], 2);
    const gap = { fromMs, toMs: fromMs + 5_000, reason: 'the connection was lost' };
    expect(pnl.current).toMatchObject({ dailyPnl: 2, stale: false, gaps: 1, lastGap: gap });
    expect(pnl.current).not.toHaveProperty('staleReason');
    expect(gaps).toEqual([gap]);
    await trading.close();
  });

  it.each([1101, 1102])('is asked for anew when the gateway has its link again (%i), and what comes meanwhile proves nothing', async (code) => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const pnl = trading.pnl();
    const first = asked(rig, 'reqPnL')[0];
    tell(rig, first, 1);
    connection.notice(1100, 'lost');
    expect(pnl.current).toMatchObject({ stale: true, staleReason: 'the gateway has no link to the broker' });
    tell(rig, first, 1.5);
    expect(pnl.current).toMatchObject({ dailyPnl: 1.5, stale: true });
    connection.notice(code, 'back');
    await settle();
    const requests = asked(rig, 'reqPnL');
    expect(requests).toHaveLength(2);
    expect(pnl.current?.stale).toBe(true);
    tell(rig, requests[1], 2);
    expect(pnl.current).toMatchObject({ dailyPnl: 2, stale: false, gaps: 1 });
    await trading.close();
  });

  it('is stale while its account is not in the list of the session', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const pnl = trading.pnl();
    tell(rig, asked(rig, 'reqPnL')[0], 1);
    connection.accounts = ['DU7654321'];
    connection.emit({ type: 'managedAccounts', accountsList: 'DU7654321' });
    tell(rig, asked(rig, 'reqPnL')[0], 2);
    expect(pnl.current).toMatchObject({ dailyPnl: 2, stale: true, staleReason: 'the account is not in the list of the session' });
    connection.accounts = [ACCOUNT];
    connection.emit({ type: 'managedAccounts', accountsList: ACCOUNT });
    await settle();
    tell(rig, asked(rig, 'reqPnL')[1], 3);
    expect(pnl.current).toMatchObject({ dailyPnl: 3, stale: false, gaps: 1 });
    await trading.close();
  });

  it('is asked for anew after a minute of silence, and stale when that is not answered either', async () => {
    const rig = await readyRig();
    const { connection, trading } = rig;
    const pnl = trading.pnl();
    tell(rig, asked(rig, 'reqPnL')[0], 1);
    const quietSinceMs = connection.clock.now();
    await connection.clock.advance(60_000);
    expect([asked(rig, 'reqPnL'), asked(rig, 'cancelPnL')].map(({ length }) => length)).toEqual([2, 1]);
    tell(rig, asked(rig, 'reqPnL')[1], 1);
    expect(pnl.current).toMatchObject({ stale: false, gaps: 0 });
    await connection.clock.advance(60_000 + 19_999);
    expect(pnl.current).toMatchObject({ stale: false });
    await connection.clock.advance(1);
    expect(pnl.current).toMatchObject({ dailyPnl: 1, stale: true, staleReason: 'the broker does not send it any more' });
    await connection.clock.advance(60_000);
    expect(asked(rig, 'reqPnL')).toHaveLength(4);
    tell(rig, asked(rig, 'reqPnL')[3], 2);
    expect(pnl.current).toMatchObject({ dailyPnl: 2, stale: false, gaps: 1, lastGap: { fromMs: quietSinceMs + 60_000 } });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('ends with the error of the broker, which a loop throws and a new reader does not inherit', async () => {
    const rig = await readyRig();
    const { connection, trading, settle } = rig;
    const pnl = trading.pnl();
    const loop = (async () => {
      for await (const value of pnl) throw new Error(`unexpected ${String(value.dailyPnl)}`);
    })();
    connection.notice(321, "Error validating request.-'account' : cause - Invalid account code", asked(rig, 'reqPnL')[0]);
    await expect(loop).rejects.toMatchObject({ brokerCode: 321 });
    await expect(pnl.waitFor(() => true)).rejects.toMatchObject({ brokerCode: 321 });
    expect(pnl.error).toMatchObject({ brokerCode: 321 });
    const again = trading.pnl();
    await settle();
    expect(again.status).toBe('waiting');
    expect(asked(rig, 'reqPnL')).toHaveLength(2);
    await trading.close();
  });

  it('waits with a limit and a signal', async () => {
    const { connection, trading } = await readyRig();
    const pnl = trading.pnl();
    const late = expect(pnl.waitFor(() => true, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'IBKR_TIMEOUT' });
    await connection.clock.advance(50);
    await late;
    const stop = new AbortController();
    const waiting = expect(pnl.waitFor(() => true, { signal: stop.signal })).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await waiting;
    const unfinished = expect(pnl.waitFor(() => true)).rejects.toMatchObject({ code: 'IBKR_STREAM_CLOSED' });
    await pnl.close();
    await unfinished;
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('needs to know the account and the contract, and keeps account ids out of errors', async () => {
    const { connection, trading } = await readyRig();
    connection.accounts = [ACCOUNT, 'DU7654321'];
    expect(() => trading.pnl()).toThrow('account must be named, because the session has 2 accounts');
    expect(() => trading.pnl('DU9')).toThrow('account must be one of the accounts of the session, of which there are 2');
    expect(() => trading.pnl('DU9')).not.toThrow('DU9');
    expect(() => trading.pnlOf({ conId: 0 })).toThrow('contract.conId must be a whole number above 0');
    connection.accounts = [];
    expect(() => trading.pnl()).toThrow('No session has told its accounts yet');
    await trading.close();
  });
});
