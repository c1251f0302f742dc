import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback } from '../testing/loopback.js';
import { AuthManager } from './auth-manager.js';
import type { AuthConnection, AuthEvents, AuthManagerOptions } from './auth-manager.js';

/** A connection whose list and session a test sets. */
function fakeConnection(accounts: readonly string[] | undefined): AuthConnection & { readonly clock: ReturnType<typeof createTestClock>; set(accounts: readonly string[] | undefined): void; listeners: number } {
  const clock = createTestClock();
  const states = new Set<() => void>();
  const messages = new Set<(message: { readonly type: string }) => void>();
  let list = accounts ?? [];
  let epoch = accounts === undefined ? undefined : 1;
  return {
    clock,
    get accounts() {
      return list;
    },
    get session() {
      return epoch === undefined ? undefined : { epoch };
    },
    get listeners() {
      return states.size + messages.size;
    },
    events: {
      on: (_type, listener) => {
        states.add(listener);
        return () => states.delete(listener);
      },
    },
    onMessage: (listener) => {
      messages.add(listener);
      return () => messages.delete(listener);
    },
    set(next) {
      if (next !== undefined) list = next;
      epoch = next === undefined ? undefined : 1;
      for (const listener of states) listener();
    },
  };
}

const loopback = new Loopback();
afterEach(() => loopback.close());

function make(accounts: readonly string[] | undefined, options: Partial<AuthManagerOptions> = {}): {
  readonly auth: AuthManager;
  readonly connection: ReturnType<typeof fakeConnection>;
  readonly told: readonly string[];
} {
  const connection = fakeConnection(accounts);
  const auth = new AuthManager({ connection, ...options });
  const told: string[] = [];
  auth.events.on('auth.proof', ({ proof, listChanged }: AuthEvents['auth.proof']) => told.push(`${proof}${listChanged ? ', another list' : ''}`));
  auth.events.on('auth.armed', ({ reason }) => told.push(`armed: ${reason}`));
  auth.events.on('auth.disarmed', ({ cause }) => told.push(`disarmed: ${cause}`));
  return { auth, connection, told };
}

const LIVE = { mode: 'live', allowLive: true, allowedAccounts: ['U1'] } as const;

describe('AuthManager', () => {
  it('proves paper accounts by the list of the session, and nothing without one', () => {
    const { auth, connection, told } = make(undefined);
    expect([auth.proof, auth.accounts, auth.reasons()]).toEqual(['unproven', [], ['NOT_CONNECTED']]);
    connection.set(['DU1']);
    expect([auth.proof, auth.reasons(), auth.reasons({}), auth.reasons({ account: 'DU1' })]).toEqual(['proven', [], [], []]);
    expect(auth.reasons({ account: 'DU2' })).toEqual(['ACCOUNT_UNKNOWN']);
    connection.set(undefined);
    expect([auth.proof, auth.reasons({ account: 'DU1' })]).toEqual(['unproven', ['NOT_CONNECTED']]);
    expect(told).toEqual(['proven', 'unproven']);
  });

  it('is about paper unless it is made for live', () => {
    expect([make(['DU1']).auth.mode, make(['U1'], LIVE).auth.mode]).toEqual(['paper', 'live']);
  });

  it.each([[['U1']], [['DU1', 'U1']], [[]], [['DX1']]])('refuses the list %j in paper mode', (accounts) => {
    const { auth } = make(accounts);
    expect(auth.proof).toBe('refuted');
    expect(auth.reasons()).toEqual(['ACCOUNT_MODE']);
    expect(() => { auth.assertMayTrade({ account: 'DU1' }); }).toThrow(/nothing was sent: the accounts of the session do not fit the mode/u);
  });

  it('knows advisors and several accounts, where an order must name one', () => {
    const { auth } = make(['DF1', 'DU1', 'DU2'], { allowedAccounts: ['DU2'] });
    expect(auth.accounts).toEqual([
      { id: 'DF1', money: 'paper', advisor: true, allowed: false },
      { id: 'DU1', money: 'paper', advisor: false, allowed: false },
      { id: 'DU2', money: 'paper', advisor: false, allowed: true },
    ]);
    expect(auth.reasons({})).toEqual(['ACCOUNT_NOT_NAMED']);
    expect(auth.reasons({ account: 'DU1' })).toEqual(['ACCOUNT_NOT_ALLOWED']);
    expect(auth.reasons({ account: 'DU2' })).toEqual([]);
  });

  it('lets nothing go when it is read-only', () => {
    const { auth } = make(['DU1'], { readOnly: true });
    expect(auth.reasons({ account: 'DU1' })).toEqual(['READ_ONLY']);
  });

  it('needs everything at once for a live order', () => {
    const { auth, told } = make(['U1', 'U2'], LIVE);
    expect(auth.reasons({})).toEqual(['ACCOUNT_NOT_NAMED', 'NOT_ARMED']);
    expect(auth.reasons({ account: 'U1' })).toEqual(['NOT_ARMED']);
    expect(() => auth.arm({ account: 'U2', forMs: 1_000, reason: 'r' })).toThrow(/allow-list/u);
    expect(auth.arm({ account: 'U1', forMs: 1_000, reason: 'by hand' })).toMatchObject({ account: 'U1' });
    expect([auth.reasons(), auth.reasons({ account: 'U1' }), auth.reasons({ account: 'U2' })]).toEqual([[], [], ['ACCOUNT_NOT_ALLOWED', 'NOT_ARMED']]);
    expect(auth.disarm('done')).toBe(true);
    expect(auth.disarm('done')).toBe(false);
    expect(auth.reasons({ account: 'U1' })).toEqual(['NOT_ARMED']);
    expect(told).toEqual(['armed: by hand', 'disarmed: asked']);
    expect(make(['U1'], { ...LIVE, allowLive: false }).auth.reasons({ account: 'U1' })).toEqual(['LIVE_NOT_ALLOWED', 'NOT_ARMED']);
  });

  it('ends an arming with its time, by itself and whatever the wall clock does', async () => {
    const { auth, connection, told } = make(['U1'], LIVE);
    const { clock } = connection;
    auth.arm({ account: 'U1', forMs: 60_000, reason: 'a' });
    clock.setNow(clock.now() + 10_000);
    await clock.advance(49_999);
    expect(auth.arming).toBeDefined();
    await clock.advance(1);
    expect([auth.arming, told]).toEqual([undefined, ['armed: a', 'disarmed: expired']]);

    auth.arm({ account: 'U1', forMs: 60_000, reason: 'b' });
    clock.setNow(clock.now() - 30_000);
    expect(auth.reasons({ account: 'U1' })).toEqual(['NOT_ARMED']);
    auth.arm({ account: 'U1', forMs: 60_000, reason: 'c' });
    await clock.advance(60_000);
    expect(told.slice(2)).toEqual(['armed: b', 'disarmed: expired', 'armed: c', 'disarmed: expired']);
    expect(clock.pending).toBe(0);
  });

  it('proves again when the list changes, and disarms; a loss of the session alone does not', () => {
    const { auth, connection, told } = make(['U1'], LIVE);
    auth.arm({ account: 'U1', forMs: 60_000, reason: 'a' });
    connection.set(undefined);
    expect(auth.reasons({ account: 'U1' })).toEqual(['NOT_CONNECTED']);
    connection.set(['U1']);
    expect(auth.reasons({ account: 'U1' })).toEqual([]);
    connection.set(['U1', 'U2']);
    expect(auth.reasons({ account: 'U1' })).toEqual(['NOT_ARMED']);
    connection.set(['U1', 'DU2']);
    expect(auth.reasons({ account: 'U1' })).toEqual(['ACCOUNT_MODE', 'NOT_ARMED']);
    expect(told).toEqual(['armed: a', 'unproven', 'proven', 'disarmed: accountsChanged', 'proven, another list', 'refuted, another list']);
  });

  it('takes an arming up after a restart for what is left of it', async () => {
    const first = make(['U1'], LIVE);
    const record = first.auth.arm({ account: 'U1', forMs: 60_000, reason: 'a' });
    const { auth, connection } = make(['U1'], LIVE);
    const { clock } = connection;
    clock.setNow(record.armedAtMs + 59_000);
    expect(auth.restore(record)).toBe(true);
    await clock.advance(999);
    expect(auth.arming).toEqual(record);
    await clock.advance(1);
    expect(auth.arming).toBeUndefined();
    expect(auth.restore(record)).toBe(false);
    clock.setNow(record.armedAtMs - 1);
    expect(auth.restore(record)).toBe(false);
    expect(auth.restore({ ...record, expiresAtMs: record.armedAtMs + 10 ** 12 })).toBe(false);
    await auth.close();
    expect(connection.listeners).toBe(0);
  });

  it('takes nothing up for an account that may not be traded', () => {
    const { auth, connection } = make(['U2'], LIVE);
    const armedAtMs = connection.clock.now();
    expect(() => auth.restore({ account: 'U1', armedAtMs, expiresAtMs: armedAtMs + 1_000 })).toThrow(/does not list/u);
  });

  it('names no account in errors and events', () => {
    const { auth } = make(['DU7654321', 'DU1111111'], { allowedAccounts: ['DU1111111'] });
    const texts: string[] = [];
    auth.events.on('auth.proof', (event) => texts.push(JSON.stringify(event)));
    try {
      auth.assertMayTrade({ account: 'DU7654321' });
    } catch (error) {
      texts.push(JSON.stringify(error));
    }
    expect(texts.join('')).toContain('ACCOUNT_NOT_ALLOWED');
    expect(texts.join('')).not.toMatch(/DU\d/u);
  });

  it.each([{ maxArmMs: 0 }, { allowedAccounts: [''] }, { allowedAccounts: ['U1'] }])('checks its options: %j', (options) => {
    expect(() => make(['DU1'], options)).toThrow(/must/u);
  });

  it('checks what is asked of it', async () => {
    expect(() => make(['DU1']).auth.arm({ account: 'DU1', forMs: 1, reason: 'r' })).toThrow(/needs no arming/u);
    const { auth, told, connection } = make(['U1'], LIVE);
    expect(() => auth.arm({ account: 'U1', forMs: 9 * 3_600_000, reason: 'r' })).toThrow(/maxArmMs/u);
    expect(() => auth.arm({ account: '', forMs: 1, reason: 'r' })).toThrow(/must be named/u);
    auth.arm({ account: 'U1', forMs: 1_000, reason: 'r' });
    await Promise.all([auth.close(), auth.close()]);
    expect(told.at(-1)).toBe('disarmed: closed');
    expect(connection.clock.pending).toBe(0);
    expect(auth.reasons({ account: 'U1' })).toContain('NOT_CONNECTED');
    expect(() => auth.arm({ account: 'U1', forMs: 1, reason: 'r' })).toThrow(/closed/u);
  });

  it('follows a real connection, also a list that changes in the middle of a session', async () => {
    const { connection, client } = await loopback.connected();
    await using auth = new AuthManager({ connection });
    expect(auth.reasons({ account: 'DU1234567' })).toEqual([]);
    const told = auth.events.once('auth.proof');
    client.send({ type: 'managedAccounts', accountsList: 'DU1234567,U7654321' });
    expect(await told).toMatchObject({ proof: 'refuted', accounts: 2, listChanged: true });
    expect(auth.reasons({ account: 'DU1234567' })).toEqual(['ACCOUNT_MODE']);
    await connection.disconnect();
    expect(auth.proof).toBe('unproven');
  });
});
