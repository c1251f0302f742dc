import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { allows, mayUse } from './caller.js';
import { TokenStore } from './token-store.js';

describe('TokenStore', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let clock: TestClock;
  const opened: TokenStore[] = [];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    clock = createTestClock();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await directory[Symbol.asyncDispose]();
  });
  const open = async (): Promise<TokenStore> => {
    const store = await TokenStore.open({ stateDir: directory.path, clock });
    opened.push(store);
    return store;
  };
  const adminSecret = async (store: TokenStore): Promise<string> => (await readFile(store.tokenFile, 'utf8')).trim();

  it('makes one admin token, readable by this user alone, and keeps only its hash', async () => {
    const store = await open();
    const secret = await adminSecret(store);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(store.find(secret)).toMatchObject({ name: 'admin', scope: 'admin', accounts: undefined });
    for (const file of await readdir(directory.path)) expect((await stat(path.join(directory.path, file))).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(directory.path, 'tokens.json'), 'utf8')).not.toContain(secret);
  });

  it('says when it cannot be written: a token that was made is none, one that was revoked opens nothing all the same, and a tidy end stays one', async () => {
    const store = await open();
    const { secret, token } = await store.create({ name: 'leaked', scope: 'trade' });
    const ended: string[] = [];
    store.onEnded((id) => ended.push(id));
    // What stands in the way of the file, as a full disk does.
    const file = path.join(directory.path, 'tokens.json');
    const before = await readFile(file);
    await rm(file);
    await mkdir(path.join(file, 'in the way'), { recursive: true });
    await expect(store.create({ name: 'new', scope: 'read' })).rejects.toMatchObject({ code: 'IBKR_TOKEN_NOT_WRITTEN', name: 'SystemError' });
    expect(store.list().map(({ name }) => name)).toEqual(['admin', 'leaked']);
    await expect(store.revoke(token.id)).rejects.toMatchObject({ code: 'IBKR_TOKEN_NOT_WRITTEN', message: expect.stringContaining('opens nothing any more') as string });
    expect([store.find(secret), ended]).toEqual([undefined, [token.id]]);
    await expect(store.revoke(token.id)).rejects.toMatchObject({ code: 'IBKR_TOKEN_NOT_WRITTEN' });
    await rm(file, { recursive: true });
    await writeFile(file, before, { mode: 0o600 });
    expect((await store.revoke(token.id)).revokedAtMs).toBeDefined();
    expect((await open()).find(secret)).toBeUndefined();
    await rm(file);
    await mkdir(path.join(file, 'in the way'), { recursive: true });
    store.used(token.id);
    await store.close();
  });

  it('knows its tokens after a restart and no others', async () => {
    const first = await open();
    const { secret, token } = await first.create({ name: 'bot', scope: 'trade', accounts: ['DU1'], quota: { lines: 5 } });
    const again = await open();
    expect(again.find(secret)).toEqual({ tokenId: token.id, name: 'bot', scope: 'trade', accounts: ['DU1'], quota: { lines: 5 } });
    expect(again.find(await adminSecret(again))).toMatchObject({ scope: 'admin' });
    for (const wrong of [`${secret}x`, secret.slice(1), '']) expect(again.find(wrong)).toBeUndefined();
    expect(JSON.stringify(again.list())).not.toContain(secret);
  });

  it('knows no token that is revoked, also after a restart, and says so once', async () => {
    const store = await open();
    const { secret, token } = await store.create({ name: 'bot', scope: 'read' });
    const ended: string[] = [];
    store.onEnded((id, why) => ended.push(`${id} ${why}`));
    expect(await store.revoke(token.id)).toMatchObject({ id: token.id, revokedAtMs: clock.now() });
    expect([store.find(secret), store.byId(token.id), store.isSecret(secret)]).toEqual([undefined, undefined, true]);
    await clock.advance(1000);
    expect((await store.revoke(token.id)).revokedAtMs).toBe(clock.now() - 1000);
    expect(ended).toEqual([`${token.id} revoked`]);
    expect((await open()).find(secret)).toBeUndefined();
    // The name is free again.
    await store.create({ name: 'bot', scope: 'read' });
  });

  it('ends a token at its time, to the millisecond, and says so', async () => {
    const store = await open();
    const { secret, token } = await store.create({ name: 'visitor', scope: 'read', expiresInMs: 60_000 });
    const later = await store.create({ name: 'other', scope: 'read', expiresInMs: 90_000 });
    const ended: string[] = [];
    store.onEnded((id, why) => ended.push(`${id} ${why}`));
    await clock.advance(59_999);
    expect(store.find(secret)).toMatchObject({ tokenId: token.id });
    await clock.advance(1);
    expect(store.find(secret)).toBeUndefined();
    expect(ended).toEqual([`${token.id} expired`]);
    await clock.advance(30_000);
    expect(ended).toEqual([`${token.id} expired`, `${later.token.id} expired`]);
  });

  it('has no two tokens of one name, also when both are asked for at once', async () => {
    const store = await open();
    const made = await Promise.allSettled([store.create({ name: 'bot', scope: 'read' }), store.create({ name: 'bot', scope: 'admin' })]);
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(store.create({ name: 'admin', scope: 'read' })).rejects.toMatchObject({ code: 'IBKR_TOKEN_NAME_TAKEN' });
    expect(store.list().map(({ name, scope }) => `${name} ${scope}`)).toEqual(['admin admin', 'bot read']);
  });

  it('keeps an admin token that lasts', async () => {
    const store = await open();
    const [admin] = store.list();
    await store.create({ name: 'short', scope: 'admin', expiresInMs: 1000 });
    await expect(store.revoke(admin?.id ?? '')).rejects.toMatchObject({ code: 'IBKR_TOKEN_LAST_ADMIN' });
    await store.create({ name: 'second', scope: 'admin' });
    await store.revoke(admin?.id ?? '');
    expect(store.find(await adminSecret(store))).toBeUndefined();
    await expect(store.revoke('nobody')).rejects.toMatchObject({ code: 'IBKR_TOKEN_NOT_FOUND' });
  });

  it('remembers the last use without a write for each', async () => {
    const store = await open();
    const [admin] = store.list();
    await clock.advance(5000);
    store.used(admin?.id ?? '');
    const before = await readFile(path.join(directory.path, 'tokens.json'), 'utf8');
    store.used(admin?.id ?? '');
    expect(store.list()[0]?.lastUsedAtMs).toBe(clock.now());
    expect(await readFile(path.join(directory.path, 'tokens.json'), 'utf8')).toBe(before);
    await store.close();
    expect((await open()).list()[0]?.lastUsedAtMs).toBe(clock.now());
  });

  it('refuses a store that it cannot understand instead of making a new one', async () => {
    for (const text of ['', '[]', '{"version":1,"tokens":[{"name":"admin","scope":"root"}]}', '{"version":2,"tokens":[]}']) {
      await writeFile(path.join(directory.path, 'tokens.json'), text);
      await expect(open()).rejects.toThrow(/tokens\.json/);
    }
  });

  it('takes a change back that it cannot write down', async () => {
    const store = await open();
    await directory[Symbol.asyncDispose]();
    await expect(store.create({ name: 'lost', scope: 'read' })).rejects.toThrow('ENOENT');
    expect(store.list().map(({ name }) => name)).toEqual(['admin']);
  });

  it('leaves no timer behind', async () => {
    const store = await open();
    const { token } = await store.create({ name: 'visitor', scope: 'read', expiresInMs: 60_000 });
    store.used(token.id);
    expect(clock.pending).toBe(2);
    await store.close();
    expect(clock.pending).toBe(0);
  });
});

describe('what a caller may', () => {
  it('includes the smaller scopes, not the larger ones', () => {
    expect([allows('admin', 'read'), allows('trade', 'read'), allows('read', 'trade'), allows('trade', 'admin')]).toEqual([true, true, false, false]);
  });

  it('is every account when none is named', () => {
    expect([mayUse({ accounts: undefined }, 'DU1'), mayUse({ accounts: ['DU1'] }, 'DU1'), mayUse({ accounts: ['DU1'] }, 'DU2'), mayUse({ accounts: [] }, 'DU1')]).toEqual([true, true, false, false]);
  });
});
