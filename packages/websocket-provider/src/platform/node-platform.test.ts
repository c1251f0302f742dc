import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { encode } from '@msgpack/msgpack';
import { DaemonClient, DaemonStream, WebSocketProvider } from '../index.js';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const QUOTE = { symbol: 'AAPL', conId: 1, bid: '189.9', mode: 'live', stale: false, receivedAtUs: 1 };

/** As much of a daemon as a client can see. */
async function serve(listen: { readonly unix: string } | undefined, onRequest: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ readonly url: string; readonly server: Server; readonly upgrades: IncomingMessage[] }> {
  const server = createServer(onRequest);
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  const upgrades: IncomingMessage[] = [];
  server.on('upgrade', (request, socket, head) => {
    upgrades.push(request);
    if (request.headers.authorization !== 'Bearer good') {
      const body = JSON.stringify({ type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'The token is not known.', code: 'IBKR_TOKEN_UNKNOWN', retryable: false });
      socket.end(`HTTP/1.1 401 Unauthorized\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const say = (message: object): void => { ws.send(ws.protocol.endsWith('msgpack') ? encode(message) : JSON.stringify(message)); };
      say({ t: 'hello', apiLevel: 1, version: '1', bootId: 'b', limits: { messageBytes: 1, subscriptions: 1, authMs: 1, bufferBytes: 1 } });
      say({ t: 'welcome', connectionId: 'c', scope: 'read', heartbeatMs: 5000 });
      ws.on('message', () => { say({ t: 'snapshot', id: 1, seq: 1, at: 'a', tsUs: 1, reason: 'start', mode: 'latest', data: QUOTE }); });
    });
  });
  await new Promise<void>((resolve) => { server.listen(listen === undefined ? { host: '127.0.0.1', port: 0 } : { path: listen.unix }, resolve); });
  closing.push(() => new Promise((resolve) => {
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close(() => { resolve(); });
  })); // prettier-ignore
  const address = server.address();
  return { url: typeof address === 'string' ? `unix:${address}` : `http://127.0.0.1:${address?.port ?? 0}`, server, upgrades };
}

function answers(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'ok', version: request.url, uptimeMs: 1 }));
}

async function socketPath(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-client-'));
  closing.push(() => rm(directory, { recursive: true }));
  return path.join(directory, 'd.sock');
}

describe('Node platform', () => {
  it.each(['TCP', 'Unix'])('talks over a %s socket', async (kind) => {
    const { url, upgrades } = await serve(kind === 'TCP' ? undefined : { unix: await socketPath() }, answers);
    await using client = new DaemonClient({ url, token: 'good' });
    await expect(client.healthz({})).resolves.toMatchObject({ version: '/healthz' });
    await using ws = new WebSocketProvider({ url, token: 'good' });
    await ws.subscribe('AAPL');
    for await (const update of ws.updates()) {
      expect(update).toMatchObject({ type: 'quote', bid: 189.9 });
      break;
    }
    expect(upgrades[0]?.headers.host).toBe(kind === 'TCP' ? new URL(url).host : 'ibkitd');
  });

  it('speaks MessagePack', async () => {
    const { url, upgrades } = await serve(undefined, answers);
    await using ws = new WebSocketProvider({ url, token: 'good', encoding: 'msgpack' });
    await ws.subscribe('AAPL');
    expect(await ws.updates().next()).toMatchObject({ value: { type: 'quote', bid: 189.9 } });
    expect(upgrades[0]?.headers['sec-websocket-protocol']).toBe('ibkit.v1+msgpack');
  });

  it('follows any topic of the contract', async () => {
    const { url } = await serve(undefined, answers);
    await using stream = new DaemonStream({ url, token: 'good' });
    const event = await new Promise((resolve) => {
      stream.subscribe('quotes', 'quotes/AAPL', resolve);
    });
    expect(event).toMatchObject({ type: 'snapshot', data: { symbol: 'AAPL', bid: '189.9' } });
  });

  it('tells why the daemon refuses the stream', async () => {
    const { url } = await serve(undefined, answers);
    await using ws = new WebSocketProvider({ url, token: 'bad' });
    await expect(ws.subscribe('AAPL')).rejects.toMatchObject({ code: 'IBKR_TOKEN_UNKNOWN', name: 'AccountError' });
  });

  it('tells that nobody listens', async () => {
    const { url, server } = await serve(undefined, answers);
    await new Promise((resolve) => { server.close(resolve); });
    await using client = new DaemonClient({ url, token: 'good' });
    await expect(client.healthz({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_UNREACHABLE', retryable: true });
  });

  it('tells that an answer was cut off', async () => {
    const { url } = await serve(undefined, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"status":', () => { response.destroy(); });
    });
    await using client = new DaemonClient({ url, token: 'good' });
    await expect(client.healthz({})).rejects.toMatchObject({ code: 'IBKR_DAEMON_UNREACHABLE' });
  });
});
