import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { STREAM_CODES, problemSchema } from '@ibkit/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../testing/raw-http.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

describe('a request to open a stream that is refused', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon('--simulate');
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it.each([
    ['another protocol', 'GET /healthz', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA', 'Connection: Upgrade, HTTP2-Settings'], 400, 'IBKR_HTTP_UPGRADE'],
    ['TLS by upgrade', 'GET /v1/stream', ['Upgrade: TLS/1.2', 'Connection: Upgrade'], 400, 'IBKR_HTTP_UPGRADE'],
    ['an old version', 'GET /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', KEY, 'Sec-WebSocket-Version: 8'], 426, 'IBKR_STREAM_HANDSHAKE'],
    ['no version', 'GET /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', KEY], 426, 'IBKR_STREAM_HANDSHAKE'],
    ['no key', 'GET /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'], 400, 'IBKR_STREAM_HANDSHAKE'],
    ['a short key', 'GET /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'], 400, 'IBKR_STREAM_HANDSHAKE'],
    ['another method', 'POST /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', KEY, 'Sec-WebSocket-Version: 13'], 405, 'IBKR_HTTP_METHOD'],
    ['protocols that are none', 'GET /v1/stream', ['Upgrade: websocket', 'Connection: Upgrade', KEY, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: a,,b'], 400, 'IBKR_STREAM_HANDSHAKE'],
    ['another path', 'GET /v1/orders', ['Upgrade: websocket', 'Connection: Upgrade', KEY, 'Sec-WebSocket-Version: 13'], 404, 'IBKR_HTTP_NOT_FOUND'],
  ] as const)('for %s is answered with a problem', async (_what, line, headers, status, code) => {
    const answer = await exchange(daemon.parts.url, `${line} HTTP/1.1\r\nHost: ${new URL(daemon.parts.url).host}\r\nAuthorization: Bearer ${daemon.token}\r\n${headers.join('\r\n')}\r\n\r\n`);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
    expect(head).toContain('Content-Type: application/problem+json');
    expect(problemSchema.parse(JSON.parse(body))).toMatchObject({ status, code });
    expect(head.includes('Sec-WebSocket-Version: 13')).toBe(status === 426);
  });

  it('has no code, nor has anything that the stream says, that the description does not have', async () => {
    const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const codes = new Set<string>();
    for (const name of files) for (const [, code = ''] of (await readFile(path.join(import.meta.dirname, name), 'utf8')).matchAll(/'(IBKR_[A-Z_]+)'/gu)) codes.add(code);
    // Told over HTTP, before there is a stream.
    const overHttp = ['IBKR_HTTP_NOT_FOUND', 'IBKR_HTTP_UPGRADE', 'IBKR_HTTP_METHOD', 'IBKR_STREAM_HANDSHAKE'];
    expect([...codes].filter((code) => !overHttp.includes(code) && !Object.hasOwn(STREAM_CODES, code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(12);
  });
});
