import { describe, expect, it } from 'vitest';
import { DEFAULT_TRADING } from '../options.js';
import { AAPL, readyRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const [ONE, TWO] = ['DU1234567', 'DU7654321'];

async function twoAccounts(): Promise<Rig> {
  const rig = await readyRig();
  rig.connection.accounts = [ONE, TWO];
  // What follows the first sweep is over.
  await rig.connection.clock.advance(10_000);
  return rig;
}

/** Which account has had the slot, in order; `-` when it was given up. */
function turns({ connection }: Rig): string {
  return connection.sent.flatMap((message) => (message.type === 'reqAccountUpdates' ? [`${message.subscribe ? '' : '-'}${message.acctCode === ONE ? 'one' : 'two'}`] : [])).join(' ');
}

function value({ connection }: Rig, accountName: string, key: string, text: string): void {
  connection.emit({ type: 'accountValue', key, value: text, currency: key === 'AccountReady' ? '' : 'USD', accountName });
}

function line({ connection }: Rig, accountName: string, position: number): void {
  connection.emit({ type: 'portfolioValue', contract: AAPL, position, marketPrice: 200, marketValue: 200 * position, averageCost: 190.5, unrealizedPNL: 9.5 * position, realizedPNL: undefined, accountName });
}

function download(rig: Rig, account: string, position: number, endNames = account): void {
  value(rig, account, 'NetLiquidation', '1000');
  line(rig, account, position);
  rig.connection.emit({ type: 'accountUpdateTime', timeStamp: '15:31' });
  rig.connection.emit({ type: 'accountDownloadEnd', accountName: endNames });
}

describe('the portfolio of an account', () => {
  it('is complete, with what each position is worth, and gives the slot up', async () => {
    const rig = await twoAccounts();
    const asking = rig.trading.portfolio({ account: ONE });
    await rig.settle();
    download(rig, ONE, 10);
    expect(await asking).toEqual({
      account: ONE,
      lines: [{ account: ONE, contract: AAPL, position: 10, marketPrice: 200, marketValue: 2000, averageCost: 190.5, unrealizedPnl: 95, realizedPnl: undefined }],
      computedAt: '15:31',
      ready: true,
    });
    await rig.settle();
    expect(turns(rig)).toBe('one -one');
    await rig.trading.close();
  });

  it('is told from that of another account although every end of a download names the first one', async () => {
    const rig = await twoAccounts();
    const both = Promise.all([rig.trading.portfolio({ account: ONE }), rig.trading.portfolio({ account: TWO })]);
    await rig.settle();
    expect(turns(rig)).toBe('one');
    download(rig, ONE, 10);
    await rig.settle();
    expect(turns(rig)).toMatch(/^one (-one )?two$/);
    // Late news of the first, and an end that is not the second one's.
    line(rig, ONE, 11);
    rig.connection.emit({ type: 'accountDownloadEnd', accountName: ONE });
    download(rig, TWO, 20, ONE);
    expect((await both).map(({ account, lines }) => [account, lines.map(({ position }) => position)])).toEqual([[ONE, [10]], [TWO, [20]]]);
    await rig.trading.close();
  });

  it('is not empty because there was no answer, and empty when the answer says so', async () => {
    const rig = await twoAccounts();
    const { connection, trading, settle } = rig;
    const unanswered = expect(trading.portfolio({ account: ONE })).rejects.toMatchObject({ code: 'IBKR_TIMEOUT' });
    await settle();
    connection.emit({ type: 'accountDownloadEnd', accountName: ONE });
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    await unanswered;
    const empty = trading.portfolio({ account: TWO });
    await connection.clock.advance(5_000);
    value(rig, TWO, 'AccountReady', 'false');
    connection.emit({ type: 'accountDownloadEnd', accountName: TWO });
    expect(await empty).toEqual({ account: TWO, lines: [], ready: false });
    await expect(trading.portfolio({ account: 'DU9' })).rejects.toThrow('account must be one of the accounts of the session');
    await expect(trading.portfolio()).rejects.toThrow('account must be named');
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is followed over one slot: changes as they come, and whoever asks for another account borrows it', async () => {
    const rig = await twoAccounts();
    const { trading, settle } = rig;
    const live = trading.portfolioUpdates(ONE);
    await settle();
    line(rig, ONE, 9);
    expect(live.status).toBe('waiting');
    download(rig, ONE, 10);
    await settle();
    line(rig, ONE, 12);
    line(rig, TWO, 99);
    await settle();
    expect(live.current).toMatchObject({ account: ONE, lines: [{ position: 12 }], stale: false });
    const other = trading.portfolio({ account: TWO });
    await settle();
    download(rig, TWO, 20);
    expect((await other).lines).toMatchObject([{ position: 20 }]);
    await settle();
    expect(turns(rig)).toBe('one two one');
    line(rig, TWO, 21);
    download(rig, ONE, 13);
    await settle();
    expect(live.current).toMatchObject({ lines: [{ position: 13 }], stale: false, gaps: 0 });
    const stop = new AbortController();
    const given = trading.portfolio({ account: TWO, signal: stop.signal }).catch((error: unknown) => error);
    await settle();
    stop.abort(new Error('enough'));
    expect(await given).toMatchObject({ message: 'enough' });
    // The rest of that answer is waited for, so that it cannot pass for the next one's.
    download(rig, TWO, 22);
    await settle();
    download(rig, ONE, 14);
    await settle();
    expect(live.current).toMatchObject({ lines: [{ position: 14 }], stale: false });
    await live.close();
    expect(turns(rig)).toBe('one two one two one -one');
    await trading.close();
  });

  it('takes turns with the others that are followed', async () => {
    const rig = await twoAccounts();
    const { connection, trading, settle } = rig;
    const [one, two] = [trading.portfolioUpdates(ONE), trading.portfolioUpdates(TWO)];
    await settle();
    download(rig, ONE, 1);
    await settle();
    download(rig, TWO, 2);
    await settle();
    expect([one.current?.lines[0]?.position, two.current?.lines[0]?.position]).toEqual([1, 2]);
    for (const round of [3, 5]) {
      await connection.clock.advance(5_000);
      download(rig, ONE, round);
      await connection.clock.advance(5_000);
      download(rig, TWO, round + 1);
      await settle();
    }
    expect([one.current?.lines[0]?.position, two.current?.lines[0]?.position]).toEqual([5, 6]);
    expect(turns(rig)).toBe('one two one two one two');
    await two.close();
    await settle();
    download(rig, ONE, 7);
    await settle();
    expect(one.current?.lines[0]?.position).toBe(7);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is stale from the loss of the session to the next complete download, each account at its turn', async () => {
    const rig = await twoAccounts();
    const { connection, trading, settle } = rig;
    const [one, two] = [trading.portfolioUpdates(ONE), trading.portfolioUpdates(TWO)];
    await settle();
    download(rig, ONE, 1);
    await settle();
    download(rig, TWO, 2);
    await settle();
    connection.down();
    expect([one.current?.stale, two.current?.stale]).toEqual([true, true]);
    connection.up();
    await settle();
    download(rig, ONE, 3);
    await settle();
    expect([one.current?.stale, two.current?.stale]).toEqual([false, true]);
    download(rig, TWO, 4);
    await settle();
    expect(two.current).toMatchObject({ stale: false, gaps: 1, lines: [{ position: 4 }] });
    await trading.close();
  });

  it('waits for an account that is not in the list of the session, and does not ask for it', async () => {
    const rig = await twoAccounts();
    const { connection, trading, settle } = rig;
    const live = trading.portfolioUpdates(TWO);
    await settle();
    download(rig, TWO, 2);
    await settle();
    connection.accounts = [ONE];
    connection.emit({ type: 'managedAccounts', accountsList: ONE });
    await settle();
    expect(live.current).toMatchObject({ stale: true, staleReason: 'the account is not in the list of the session' });
    expect(turns(rig)).toBe('two');
    connection.accounts = [ONE, TWO];
    connection.emit({ type: 'managedAccounts', accountsList: `${ONE},${TWO}` });
    await settle();
    expect(turns(rig)).toBe('two two');
    download(rig, TWO, 3);
    await settle();
    expect(live.current).toMatchObject({ stale: false, gaps: 1, lines: [{ position: 3 }] });
    await trading.close();
  });

  it('goes on asking when a download does not come, and says why it is stale', async () => {
    const rig = await twoAccounts();
    const { connection, trading, settle } = rig;
    const live = trading.portfolioUpdates(ONE);
    await settle();
    download(rig, ONE, 1);
    await settle();
    connection.down();
    connection.up();
    await connection.clock.advance(DEFAULT_TRADING.listTimeoutMs);
    expect(live.current?.stale).toBe(true);
    // The answer that never came counts as lost after a while.
    await connection.clock.advance(DEFAULT_TRADING.reconcileRetryMs + 5_000);
    download(rig, ONE, 2);
    await settle();
    expect(live.current).toMatchObject({ stale: false, lines: [{ position: 2 }] });
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });
});
