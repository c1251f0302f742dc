import { seededRandom } from '@ibkit/clock';
import { AuthManager } from '@ibkit/core-connection';
import { describe, expect, it } from 'vitest';
import { memoryJournal } from '../journal/memory-journal.js';
import type { TradingOptions } from '../options.js';
import { FakeConnection } from '../testing/fake-connection.js';
import { BUY, recordsOf, rigOn } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';

const LIVE = { mode: 'live', allowLive: true, accounts: ['U1', 'U2'] } as const;
const HOUR = 3_600_000;
const ORDER = { ...BUY, account: 'U1' };
const ARM = { account: 'U1', forMs: HOUR, reason: 'open of the market' } as const;

let seed = 10;

async function live(options: Partial<TradingOptions> = LIVE, connection = new FakeConnection()): Promise<Rig> {
  connection.accounts = ['U1', 'U2'];
  const rig = rigOn(connection, { random: seededRandom((seed += 1)), ...options });
  connection.up();
  await rig.trading.start();
  await rig.settle();
  return rig;
}

async function armings(journal: NonNullable<TradingOptions['journal']>): Promise<readonly string[]> {
  return (await recordsOf(journal)).flatMap((record) => (record.type === 'armed' ? ['armed'] : record.type === 'disarmed' ? [record.cause] : []));
}

describe('live trading', () => {
  it('is closed until it is armed, for this account alone, and closes again when the time is over', async () => {
    const { connection, trading, settle } = await live();
    const told: unknown[] = [];
    trading.events.on('arming.changed', ({ armed }) => told.push(armed));
    expect(trading.gate()).toEqual(['NOT_ARMED']);
    await expect(trading.place(ORDER)).rejects.toMatchObject({ details: { reasons: ['NOT_ARMED'] } });
    const { expiresAtMs } = await trading.arm(ARM);
    expect(expiresAtMs - connection.clock.now()).toBe(HOUR);
    expect(trading.gate()).toEqual([]);
    await expect(trading.place({ ...ORDER, account: 'U2' })).rejects.toMatchObject({ details: { reasons: ['NOT_ARMED'] } });
    await trading.place(ORDER);
    await connection.clock.advance(HOUR - 1);
    expect(trading.gate()).toEqual([]);
    await connection.clock.advance(1);
    await settle();
    expect([trading.gate(), told]).toEqual([['NOT_ARMED'], [true, false]]);
    await trading.close();
    expect(connection.clock.pending).toBe(0);
  });

  it('is armed only where an order could go, and for a day at most', async () => {
    const { connection, trading } = await live({ ...LIVE, accounts: ['U1'] });
    for (const [change, reasons] of [[{ account: 'U2' }, ['ACCOUNT_NOT_ALLOWED']], [{ account: 'U3' }, ['ACCOUNT_UNKNOWN', 'ACCOUNT_NOT_ALLOWED']]] as const) {
      await expect(trading.arm({ ...ARM, ...change })).rejects.toMatchObject({ details: { reasons } });
    }
    await expect(trading.arm({ ...ARM, forMs: 9 * HOUR })).rejects.toThrow(/forMs must be above 0 and at most/u);
    connection.down();
    await expect(trading.arm(ARM)).rejects.toMatchObject({ details: { reasons: ['NOT_CONNECTED'] } });
    expect(trading.arming).toBeUndefined();
    await trading.close();

    const paper = rigOn(new FakeConnection());
    await paper.trading.start();
    await expect(paper.trading.arm(ARM)).rejects.toThrow(/paper trading needs no arming/u);
    await paper.trading.close();
  });

  it('goes on armed after a restart for what is left, and never for longer', async () => {
    const journal = memoryJournal();
    const first = await live({ ...LIVE, journal });
    await first.trading.arm(ARM);
    await first.trading.close();
    const armedAtMs = first.connection.clock.now();

    const connection = new FakeConnection();
    await connection.clock.advance(HOUR / 2);
    const second = await live({ ...LIVE, journal }, connection);
    expect(second.trading.gate()).toEqual([]);
    expect(second.trading.arming).toEqual({ account: 'U1', armedAtMs, expiresAtMs: armedAtMs + HOUR });
    await second.trading.place(ORDER);
    await connection.clock.advance(HOUR / 2);
    expect(second.trading.gate()).toEqual(['NOT_ARMED']);
    await second.trading.close();
    expect(await armings(journal)).toEqual(['armed', 'expired']);
  });

  it('waits for the session that shows the account before it takes an arming up again', async () => {
    const journal = memoryJournal();
    const first = await live({ ...LIVE, journal });
    await first.trading.arm(ARM);
    await first.trading.close();
    const connection = new FakeConnection();
    connection.accounts = ['U1', 'U2'];
    const { trading } = rigOn(connection, { ...LIVE, journal });
    const ready = trading.ready();
    await connection.clock.advance(1_000);
    connection.up();
    await ready;
    expect(trading.gate()).toEqual([]);
    await trading.close();
  });

  it.each([
    ['its time was over', (clock: FakeConnection['clock']) => clock.advance(2 * HOUR), 'expired'],
    ['the clock was set back before it', (clock: FakeConnection['clock']) => {
      clock.setNow(clock.now() - HOUR);
      return Promise.resolve();
    }, 'clockSetBack'],
  ])('is not armed after a restart when %s', async (_name, change, cause) => {
    const journal = memoryJournal();
    const first = await live({ ...LIVE, journal });
    await first.trading.arm(ARM);
    await first.trading.close();
    const connection = new FakeConnection();
    await change(connection.clock);
    const second = await live({ ...LIVE, journal }, connection);
    expect(second.trading.gate()).toEqual(['NOT_ARMED']);
    await second.trading.close();
    expect(await armings(journal)).toEqual(['armed', cause]);
  });

  it('is not prolonged by a clock that is set back to a time within the arming, neither while it runs nor over a restart', async () => {
    const journal = memoryJournal();
    const first = await live({ ...LIVE, journal });
    const { armedAtMs } = await first.trading.arm(ARM);
    await first.connection.clock.advance(HOUR - 60_000);
    await first.trading.place(ORDER);
    first.connection.clock.setNow(armedAtMs + 1);
    await first.connection.clock.advance(60_000);
    expect(first.trading.gate()).toContain('NOT_ARMED');
    await first.trading.close();

    const again = memoryJournal();
    const third = await live({ ...LIVE, journal: again });
    await third.trading.arm(ARM);
    await third.connection.clock.advance(HOUR - 60_000);
    await third.trading.place(ORDER);
    await third.trading.close();
    const connection = new FakeConnection();
    await connection.clock.advance(60_000);
    const fourth = await live({ ...LIVE, journal: again }, connection);
    expect(fourth.trading.gate()).toContain('NOT_ARMED');
    await fourth.trading.close();
    expect(await armings(again)).toEqual(['armed', 'clockSetBack']);
  });

  it('ends with a word, with the kill switch, and with another list of accounts', async () => {
    const journal = memoryJournal();
    const { connection, trading } = await live({ ...LIVE, journal });
    await trading.arm(ARM);
    expect(await trading.disarm('enough')).toBe(true);
    expect(await trading.disarm('again')).toBe(false);
    await trading.arm(ARM);
    await trading.kill('too wild');
    await trading.releaseKill('calm');
    expect(trading.gate()).toEqual(['NOT_ARMED']);
    await trading.arm(ARM);
    connection.accounts = ['U1'];
    expect(trading.gate()).toEqual(['NOT_ARMED']);
    await trading.close();
    expect(await armings(journal)).toEqual(['armed', 'asked', 'armed', 'asked', 'armed', 'accountsChanged']);
  });

  it('is not armed when that cannot be written down', async () => {
    const broken = memoryJournal();
    let full = false;
    const journal = { ...broken, append: (...given: Parameters<typeof broken.append>) => (full ? Promise.reject(new Error('disk full')) : broken.append(...given)) };
    const { trading } = await live({ ...LIVE, journal });
    full = true;
    await expect(trading.arm(ARM)).rejects.toMatchObject({ code: 'IBKR_JOURNAL_FAILED' });
    expect([trading.arming, trading.gate()]).toEqual([undefined, ['JOURNAL_FAILED', 'NOT_ARMED']]);
    await trading.close();
  });
});

describe('an AuthManager', () => {
  it('is the one truth about accounts and armings', async () => {
    const connection = new FakeConnection();
    const auth = new AuthManager({ connection, mode: 'live', allowLive: true, allowedAccounts: ['U1'] });
    const journal = memoryJournal();
    const { trading } = await live({ auth, journal }, connection);
    expect(trading.gate()).toEqual(['NOT_ARMED']);
    await trading.arm(ARM);
    expect(auth.arming?.account).toBe('U1');
    await trading.place(ORDER);
    await expect(trading.place({ ...ORDER, account: 'U2' })).rejects.toMatchObject({ details: { reasons: ['ACCOUNT_NOT_ALLOWED', 'NOT_ARMED'] } });
    await expect(trading.place(BUY)).rejects.toMatchObject({ code: 'IBKR_ORDER_INVALID' });
    auth.disarm('asked of it alone');
    expect(trading.gate()).toEqual(['NOT_ARMED']);
    auth.arm(ARM);
    await trading.place(ORDER);
    await auth.close();
    await trading.close();

    const next = new FakeConnection();
    const nextAuth = new AuthManager({ connection: next, mode: 'live', allowLive: true, allowedAccounts: ['U1'] });
    const second = await live({ auth: nextAuth, journal }, next);
    expect([second.trading.gate(), nextAuth.arming?.account]).toEqual([[], 'U1']);
    await second.trading.close();
    await nextAuth.close();
    expect(await armings(journal)).toEqual(['armed', 'asked', 'armed']);
  });

  it('that was armed before trading is written down when trading starts', async () => {
    const connection = new FakeConnection();
    connection.accounts = ['U1'];
    connection.up();
    const auth = new AuthManager({ connection, mode: 'live', allowLive: true, allowedAccounts: ['U1'] });
    auth.arm(ARM);
    const journal = memoryJournal();
    const { trading } = rigOn(connection, { auth, journal });
    await trading.ready();
    await trading.place(ORDER);
    await trading.close();
    await auth.close();
    expect(await armings(journal)).toEqual(['armed']);
  });

  it('proves paper accounts, and refuses in read-only mode', async () => {
    const connection = new FakeConnection();
    const auth = new AuthManager({ connection, readOnly: true });
    const { trading, settle } = rigOn(connection, { auth });
    connection.up();
    await trading.start();
    await settle();
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['READ_ONLY'] } });
    connection.accounts = ['U1'];
    await expect(trading.place(BUY)).rejects.toMatchObject({ details: { reasons: ['READ_ONLY', 'ACCOUNT_MODE'] } });
    await trading.close();
    await auth.close();
  });

  it('stands alone: options that say the same are refused', () => {
    const connection = new FakeConnection();
    const auth = new AuthManager({ connection });
    for (const option of [{ mode: 'paper' }, { allowLive: false }, { accounts: [] }, { readOnly: false }] as const) {
      expect(() => rigOn(connection, { auth, ...option })).toThrow(/must be left out beside auth/u);
    }
    void auth.close();
  });
});
