import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenStore, allows } from './token-store.js';

describe('TokenStore', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'ibkitd-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  it('makes one admin token, readable by this user alone, and keeps only its hash', async () => {
    const store = await TokenStore.open(dir, 0);
    const token = (await readFile(store.tokenFile, 'utf8')).trim();
    expect(store.scopeOf(token)).toBe('admin');
    expect((await stat(store.tokenFile)).mode & 0o777).toBe(0o600);
    const kept = await readFile(path.join(dir, 'tokens.json'), 'utf8');
    expect(kept).not.toContain(token);
  });

  it('knows the same token after a restart and no other', async () => {
    const token = (await readFile((await TokenStore.open(dir, 0)).tokenFile, 'utf8')).trim();
    const again = await TokenStore.open(dir, 1);
    expect(again.scopeOf(token)).toBe('admin');
    expect(again.scopeOf(`${token}x`)).toBeUndefined();
    expect(again.scopeOf('')).toBeUndefined();
  });

  it('refuses a store that it cannot understand instead of making a new one', async () => {
    await writeFile(path.join(dir, 'tokens.json'), '[{"name":"admin","scope":"root","sha256":"00"}]');
    await expect(TokenStore.open(dir, 0)).rejects.toThrow(/tokens\.json/);
  });
});

describe('allows', () => {
  it('lets a higher scope use the routes of a lower one, not the other way round', () => {
    expect([allows('admin', 'read'), allows('trade', 'read'), allows('read', 'trade'), allows('trade', 'admin')]).toEqual([true, true, false, false]);
  });
});
