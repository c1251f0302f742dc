import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

const DATA: Readonly<Record<string, unknown>> = {
  '/status': { system_status: 'ok', market_hours: true, queue: 3 },
  '/tickers': { tickers: ['SPY', 'QQQ'] },
  '/trades': { ticker: 'SPY', count: 2, trades: [{ price: 1, odd: 'x' }, { price: 2 }] },
  '/minute-data': { ticker: 'SPY', minute_data: [{ minute: '09:30', open: '1', high: 2, low: 0.5, close: 1.5, volume: 10 }] },
  '/divergence': { ticker: 'SPY', divergence_data: [{ score: 0.5 }] },
  '/predictions': { ticker: 'SPY', predictions: [{ id: 7, signal: 'bullish', confidence: 0.8 }] },
  '/data-range': { ticker: 'SPY', data: [{ value: 1 }], metadata: { rows: 1 } },
};

type Answer = (response: ServerResponse, pathname: string) => void;

const healthy: Answer = (response, pathname) => {
  response.end(JSON.stringify({ status: 'success', data: DATA[pathname] }));
};

let service: Server;
let answer = healthy;
let asked: URL[] = [];
let options: RunOptions;

beforeAll(async () => {
  service = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://service');
    asked.push(url);
    answer(response, url.pathname);
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  options = { env: { API_BASE_URL: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, API_KEY: 'secret-of-the-test' } };
});

afterEach(() => {
  answer = healthy;
  asked = [];
});

afterAll(async () => {
  const closed = once(service, 'close');
  service.close();
  service.closeAllConnections();
  await closed;
});

const VIEWS: readonly (readonly [view: string, argv: readonly (string | number)[], document: Readonly<Record<string, unknown>>, text: RegExp])[] = [
  ['status', [], { systemStatus: 'ok', marketOpen: true, queue: 3 }, /^queue +3$/m],
  ['tickers', [], { tickers: ['SPY', 'QQQ'] }, /^SPY\nQQQ\n$/],
  ['trades', ['spy', '--limit', 2], { ticker: 'SPY', count: 2, rows: [{ price: 1, odd: 'x' }, { price: 2 }] }, /PRICE.*ODD[^]*1.*x[^]*2.*-/],
  ['minute-data', ['SPY'], { ticker: 'SPY', count: 1, rows: [{ minute: '09:30', open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 }] }, /MINUTE[^]*09:30/],
  ['divergence', ['SPY'], { ticker: 'SPY', rows: [{ score: 0.5 }] }, /SCORE[^]*0\.5/],
  ['predictions', ['SPY', '--date', '2026-11-20'], { ticker: 'SPY', rows: [{ id: 7, signal: 'bullish', confidence: 0.8 }] }, /SIGNAL[^]*bullish/],
  ['data-range', ['SPY', '--from', '2026-11-19', '--to', '2026-11-20'], { ticker: 'SPY', metadata: { rows: 1 }, rows: [{ value: 1 }] }, /VALUE[^]*1/],
];

describe('flow', () => {
  it.each(VIEWS)('%s: the fields that the service sent, as JSON and as a table', async (view, argv, document, text) => {
    const json = await run(['flow', view, ...argv, '--json'], options);
    expect([json.exitCode, json.err.text]).toEqual([0, '']);
    expect(OUTPUT_SCHEMAS.flow.parse(json.out.documents[0])).toMatchObject(document);
    const people = await run(['flow', view, ...argv], options);
    expect([people.exitCode, people.out.text, people.err.text]).toEqual([0, expect.stringMatching(text), '']);
    expect(asked.map(({ pathname }) => pathname)).toEqual([`/${view}`, `/${view}`]);
  });

  it('passes spans and limits on', async () => {
    await run(['flow', 'trades', 'spy', '--from', '2026-11-19T09:30', '--to', '2026-11-20', '--limit', 5], options);
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({ ticker: 'SPY', start_date: '2026-11-19', start_time: '09:30', end_date: '2026-11-20', limit: '5' });
  });

  it.each(VIEWS)('%s: a service that says no is an error, as a document and in words, and never shows the key', async (view, argv) => {
    answer = (response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"status":"error","message":"no"}');
    };
    const json = await run(['flow', view, ...argv, '--json'], options);
    const { error } = OUTPUT_SCHEMAS.error.parse(json.out.documents[0]);
    expect([json.exitCode, error.exitCode, asked.length]).toEqual([4, 4, 1]);
    expect(json.err.text).toMatch(/^ibkit: /);
    expect(json.out.text + json.err.text).not.toContain('secret-of-the-test');
  });

  it.each<readonly [readonly (string | number)[], number]>([
    [['trades'], 2],
    [['data-range'], 2],
    [['status', 'SPY'], 2],
    [['trades', 'SPY', '--limit', 0], 2],
    [['trades', 'SPY', '--date', 'today'], 2],
    [['trades', 'SPY', '--from', '09:30'], 2],
    [['predictions', 'SPY', '--from', '2026-11-20T09:30'], 2],
    [['data-range', 'SPY', '--limit', 5], 2],
    [['nonsense'], 2],
  ])('%j exits %i, and nobody is asked', async (argv, exitCode) => {
    const { exitCode: seen, out } = await run(['flow', ...argv], options);
    expect([seen, out.text, asked]).toEqual([exitCode, '', []]);
  });

  it('an answer that is none is an error, and a service that is not there exits 3', async () => {
    answer = (response) => {
      response.end('<html>');
    };
    expect((await run(['flow', 'tickers'], options)).exitCode).toBe(1);
    expect((await run(['flow', 'tickers', '--timeout', '1s'], { env: { API_BASE_URL: 'http://127.0.0.1:1', API_KEY: 'x' } })).exitCode).toBe(3);
    const nowhere = await run(['flow', 'tickers', '--via', 'direct']);
    expect([nowhere.exitCode, nowhere.err.text]).toEqual([2, expect.stringMatching(/^ibkit: API_BASE_URL must be set to the address/)]);
  });
});
