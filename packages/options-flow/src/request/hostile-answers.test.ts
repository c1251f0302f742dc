import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { systemClock } from '@ibkit/clock';
import { describe, expect, it } from 'vitest';
import { OptionsFlowClient } from '../client/options-flow-client.js';
import type { OptionsFlowClientOptions } from '../client/client-options.js';
import { FlowService, success } from '../testing/flow-service.js';
import type { FlowHandler } from '../testing/flow-service.js';

const TICKERS = JSON.stringify({ status: 'success', data: { tickers: ['SPY'] } });

function clientOf(baseUrl: string, options: OptionsFlowClientOptions = {}): OptionsFlowClient {
  return new OptionsFlowClient({ baseUrl, apiKey: 'k"e\\y/4711', retries: 0, ...options });
}

/** A service that writes bytes of its own. */
async function rawService(answer: (socket: Socket, index: number) => void) {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', () => {
      answer(socket, requests);
      requests += 1;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    baseUrl: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/api/v1`,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const body = (text: string | Buffer, headers: Readonly<Record<string, string>> = {}): FlowHandler => (_request, response) => {
  response.writeHead(200, headers).end(text);
};

describe('answers that are odd and good', () => {
  it.each<readonly [string, string | Buffer]>([
    ['with a byte order mark', `\uFEFF${TICKERS}`],
    ['with blanks around', `\r\n ${TICKERS}\n\n`],
  ])('reads one %s', async (_name, text) => {
    await using service = await FlowService.open(body(text));
    await using client = clientOf(service.baseUrl);
    expect(await client.tickers()).toEqual(['SPY']);
    expect(service.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each<readonly [string, string]>([
    ['of HTTP/1.0 that ends with its connection', `HTTP/1.0 200 OK\r\n\r\n${TICKERS}`],
    ['in chunks', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${TICKERS.split(/(?=.)/u).map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`],
  ])('reads one %s', async (_name, text) => {
    await using service = await rawService((socket) => socket.end(text));
    await using client = clientOf(service.baseUrl);
    for (let call = 0; call < 2; call += 1) expect(await client.tickers()).toEqual(['SPY']);
  });

  it('asks again over a new connection when the service closed the one that was kept', async () => {
    await using service = await rawService((socket, index) => {
      if (index === 1) socket.destroy();
      else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${TICKERS.length}\r\n\r\n${TICKERS}`);
    });
    await using client = clientOf(service.baseUrl, { retries: 1, retryDelayMs: 0 });
    for (let call = 0; call < 2; call += 1) expect(await client.tickers()).toEqual(['SPY']);
    expect(service.connections()).toBe(2);
  });
});

describe('answers that are bad', () => {
  it.each<readonly [string, FlowHandler, string]>([
    ['compressed though nobody asked', body(gzipSync(TICKERS), { 'content-encoding': 'gzip' }), 'compressed (gzip)'],
    ['with the numbers of another language', body('{"status":"success","data":{"tickers":NaN}}'), 'not JSON'],
    ['that quotes the key in JSON', body(`<p>no ${JSON.stringify('k"e\\y/4711')}</p>`), 'no "[key]"'],
    ['that quotes the key as a part of an address', body(`no /x?key=${encodeURIComponent('k"e\\y/4711')}`), 'key=[key]'],
  ])('says what is wrong with one %s', async (_name, handler, part) => {
    await using service = await FlowService.open(handler);
    await using client = clientOf(service.baseUrl);
    const error: unknown = await client.tickers().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'IBKR_FLOW_ANSWER_INVALID', message: expect.stringContaining(part) as string });
    expect(inspect(error, { depth: 9 })).not.toContain('4711');
  });

  it.each(['9'.repeat(400), '1e999'])('takes no number that is none: %s', async (confidence) => {
    await using service = await FlowService.open(body(`{"status":"success","data":{"ticker":"SPY","prediction":{"signal":"up","confidence":${confidence === '1e999' ? confidence : `"${confidence}"`}}}}`));
    await using client = clientOf(service.baseUrl);
    await expect(client.latestPrediction('SPY')).rejects.toMatchObject({ code: 'IBKR_FLOW_ANSWER_INVALID', message: expect.stringContaining('data.prediction.confidence') as string });
  });

  it('takes no prediction about another ticker', async () => {
    await using service = await FlowService.open(success({ ticker: 'QQQ', prediction: { signal: 'up', confidence: 1 } }));
    await using client = clientOf(service.baseUrl);
    await expect(client.latestPrediction('SPY')).rejects.toMatchObject({ code: 'IBKR_FLOW_ANSWER_INVALID', message: expect.stringContaining('QQQ') as string });
  });

  it.each<readonly [string, string]>([
    ['of a said size', 'content-length: 67108865\r\n'],
    ['of no said size', ''],
  ])('ends one that is larger than 64 MiB, %s', async (_name, header) => {
    await using service = await rawService((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${header}connection: close\r\n\r\n`);
      const chunk = Buffer.alloc(4 * 1024 * 1024, 0x20);
      // A failed write calls back before the socket is destroyed: to write again from there never ends.
      const more = (): void => {
        socket.write(chunk, (error) => {
          if (!error) more();
        });
      };
      more();
    });
    await using client = clientOf(service.baseUrl);
    await expect(client.tickers()).rejects.toMatchObject({ code: 'IBKR_FLOW_ANSWER_INVALID', retryable: false, message: expect.stringContaining('larger than') as string });
  });

  it('gives up one that comes drop by drop', async () => {
    const clock = systemClock();
    await using service = await rawService((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = (): void => {
        if (!socket.destroyed) socket.write(' ', () => clock.setTimer(5, drip));
      };
      drip();
    });
    await using client = clientOf(service.baseUrl, { timeoutMs: 100 });
    await expect(client.tickers()).rejects.toMatchObject({ code: 'IBKR_FLOW_TIMEOUT', retryable: true });
  });

  it('is a failure of the network when it is cut off', async () => {
    await using service = await rawService((socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${TICKERS}`));
    await using client = clientOf(service.baseUrl);
    await expect(client.tickers()).rejects.toMatchObject({ code: 'IBKR_FLOW_NETWORK', retryable: true });
  });
});
