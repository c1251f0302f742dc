import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenStore } from '../token-store.js';
import { guard } from './guard.js';
import type { GuardedRequest } from './guard.js';

describe('guard', () => {
  let dir: string;
  let tokens: TokenStore;
  let good: GuardedRequest;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'ibkitd-'));
    tokens = await TokenStore.open(dir, 0);
    const token = (await readFile(tokens.tokenFile, 'utf8')).trim();
    good = { host: '127.0.0.1:8787', origin: undefined, authorization: `Bearer ${token}`, url: '/v1/status' };
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
  });

  const codeFor = (change: Partial<GuardedRequest>, scope: 'read' | undefined = 'read'): string | undefined =>
    guard({ ...good, ...change }, scope, tokens)?.code;

  it('lets the owner of a token pass under every loopback name', () => {
    for (const host of ['127.0.0.1:8787', 'localhost:8787', '[::1]:8787', 'LOCALHOST']) expect(codeFor({ host })).toBeUndefined();
  });

  it('refuses no token, a wrong one, and other schemes', () => {
    for (const authorization of [undefined, '', 'Bearer ', 'Bearer nope', 'Basic abc', `${good.authorization ?? ''} x`]) {
      expect(codeFor({ authorization })).toBe('IBKR_HTTP_UNAUTHORISED');
    }
  });

  it('refuses the names that DNS rebinding uses, also on open routes', () => {
    for (const host of [undefined, 'evil.example', '127.0.0.1.evil.example:8787', 'localhost.evil']) {
      expect(codeFor({ host }, undefined)).toBe('IBKR_HTTP_HOST');
    }
  });

  it('refuses pages of other origins', () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:9999']) expect(codeFor({ origin })).toBe('IBKR_HTTP_ORIGIN');
    expect(codeFor({ origin: 'http://127.0.0.1:8787' })).toBeUndefined();
  });

  it('refuses a token in the URL even when the header is good', () => {
    expect(codeFor({ url: '/v1/status?token=abc' })).toBe('IBKR_HTTP_TOKEN_IN_URL');
  });
});
