import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';
import { startByHand } from '../testing/hand-started-daemon.js';
import type { HandStartedDaemon } from '../testing/hand-started-daemon.js';
import { hostileRelay } from '../testing/hostile-relay.js';

type Argv = readonly (string | number)[];

let simulator: Simulator;
let daemon: HandStartedDaemon;
let service: Server;
let serviceUrl: string;
let asked: number;
let through: RunOptions;
let directly: RunOptions;
let gateway: Argv;
let program: string;

/** One daemon for all: it takes its seconds to start from its sources. */
beforeAll(async () => {
  simulator = await createSimulator({ port: 0, journalTicks: true });
  asked = 0;
  service = createServer((request, response) => {
    asked += 1;
    const tickers = request.url?.startsWith('/tickers') === true ? ['SPY'] : undefined;
    response.end(JSON.stringify({ status: 'success', data: tickers === undefined ? { system_status: 'ok' } : { tickers } }));
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  serviceUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const stateDirectory = temporaryDirectory();
  program = path.join(stateDirectory, 'ibgateway');
  writeFileSync(program, '#!/bin/sh\nexec sleep 60\n');
  chmodSync(program, 0o700);
  daemon = await startByHand({ stateDirectory, gatewayPort: simulator.port, settings: `[gateway-process]\ndriver = direct\nprogram = ${program}\n[options-flow]\nbase_url = ${serviceUrl}\napi_key = of-the-daemon\n` });
  through = { env: { IBKIT_STATE_DIR: stateDirectory } };
  directly = { env: { IBKIT_STATE_DIR: temporaryDirectory() } };
  gateway = ['--port', simulator.port, '--via', 'direct', '--client-id', 50];
  await vi.waitFor(async () => {
    if (!(await run(['status', '--via', 'daemon', '--json'], through)).out.text.includes('"tradeReady":true')) throw new Error('the daemon is not ready to trade');
  }, { timeout: 60_000, interval: 250 });
}, 120_000);

afterAll(async () => {
  await daemon.kill();
  await simulator.close();
  const closed = once(service, 'close');
  service.close();
  service.closeAllConnections();
  await closed;
}, 60_000);

afterEach(() => {
  simulator.control.endFaults({});
});

async function both(argv: Argv): Promise<readonly [Awaited<ReturnType<typeof run>>, Awaited<ReturnType<typeof run>>]> {
  return [await run([...argv, ...gateway], directly), await run([...argv, '--via', 'daemon'], through)];
}

function columnsOf(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, readonly string[]>> {
  const byKind = new Map<string, Set<string>>();
  for (const row of rows) {
    const kind = String(row['type']);
    byKind.set(kind, new Set([...(byKind.get(kind) ?? []), ...Object.keys(row)]));
  }
  return Object.fromEntries([...byKind].map(([kind, names]) => [kind, [...names].sort()]));
}

type Row = Readonly<Record<string, unknown>>;

/** What the gateway sent to a client since then, as a recording spells it. */
function sentTo(clientId: number | undefined, afterSeq: number): { readonly trade: readonly Row[]; readonly bar: readonly Row[] } {
  const sent = (type: string): readonly Row[] => simulator.control.journal({ kind: 'out', type, clientId, afterSeq }).map(({ message }) => ({ ...message }));
  return {
    trade: sent('tickByTick').map(({ time, price, size, exchange, mask, specialConditions }) => ({ type: 'trade', symbol: 'SPY', conId: 756_733, time: Number(time) * 1000, price, size, exchange, pastLimit: Number(mask) % 2 === 1, unreported: Number(mask) >= 2, ...(specialConditions === '' ? {} : { conditions: specialConditions }) })),
    bar: sent('realTimeBar').map(({ time, open, high, low, close, volume, wap, count }) => ({ type: 'bar', symbol: 'SPY', barSize: '5 secs', time: Number(time) * 1000, open, high, low, close, volume, wap, count })),
  };
}

describe('a recording', () => {
  it('of quotes, trades, bars and the book is the same directly and through the daemon, and is described, read and replayed', async () => {
    const argv = ['record', 'SPY', '--trades', '--quotes', '--depth', '--bars', '5s', '--json', '--out', 'recording'];
    const places = [{ ...directly, cwd: temporaryDirectory() }, { ...through, cwd: temporaryDirectory() }] as const;
    const before = simulator.control.journal().at(-1)?.seq ?? 0;
    const runs = [start([...argv, ...gateway], places[0]), start([...argv, '--via', 'daemon'], places[1])] as const;
    const recorded = async (place: RunOptions): Promise<readonly Row[]> => (await run(['replay', 'recording', '--json'], place)).out.documents;
    const rowsOf = (kind: string, rows: readonly Row[]): readonly Row[] => rows.filter(({ type }) => type === kind).map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'seq' && name !== 'receivedAtMs')));
    // Bars of five seconds take their time; two of them are waited for in both.
    await vi.waitFor(async () => {
      for (const place of places) {
        const rows = await recorded(place);
        expect([rowsOf('bar', rows).length > 1, rowsOf('trade', rows).length > 0]).toEqual([true, true]);
      }
    }, { timeout: 60_000, interval: 500 });
    const clients = simulator.control.journal({ kind: 'in', type: 'reqTickByTickData', afterSeq: before }).map(({ clientId }) => clientId);
    // The daemon was there before.
    const came = new Set(simulator.control.journal({ kind: 'client', type: 'ready', afterSeq: before }).map(({ clientId }) => clientId));
    const ways = [clients.find((clientId) => came.has(clientId)), clients.find((clientId) => !came.has(clientId))] as const;
    expect([clients.length, ways.includes(undefined)]).toEqual([2, false]);
    // What was sent until now is written in both, and what comes behind it may be cut off by the end.
    const least = ways.map((clientId) => sentTo(clientId, before));
    await vi.waitFor(async () => {
      for (const [index, place] of places.entries()) {
        const rows = await recorded(place);
        for (const kind of ['trade', 'bar'] as const) expect(rowsOf(kind, rows).length).toBeGreaterThanOrEqual(least[index]?.[kind].length ?? Infinity);
      }
    }, { timeout: 60_000, interval: 500 });
    for (const each of runs) {
      each.stop();
      expect([await each.exitCode, each.err.text]).toEqual([0, '']);
      for (const line of each.out.documents) expect(OUTPUT_SCHEMAS['record-line'].parse(line)).toMatchObject({ lost: 0 });
    }
    const [direct, passed] = [await recorded(places[0]), await recorded(places[1])];
    expect(columnsOf(passed)).toEqual(columnsOf(direct));
    expect(Object.keys(columnsOf(passed)).sort()).toEqual(['bar', 'depth', 'quote', 'trade']);
    // Both begin when each was heard of first; from there every one, in its order and as it was sent.
    for (const [index, rows] of [direct, passed].entries()) {
      const sent = sentTo(ways[index], before);
      for (const kind of ['bar', 'trade'] as const) {
        const there = rowsOf(kind, rows);
        expect(there.length).toBeGreaterThan(0);
        expect(there).toEqual(sent[kind].slice(0, there.length));
      }
    }

    const { out } = await run(['replay', 'recording', '--describe', '--json'], places[1]);
    const description = OUTPUT_SCHEMAS['replay-description'].parse(out.documents[0]);
    expect([Object.keys(description.kinds).sort(), description.rows, description.live]).toEqual([['bar', 'depth', 'quote', 'trade'], passed.length, false]);
    const replayed = start(['simulate', '--replay', 'recording', '--start-at', new Date(description.fromMs ?? 0).toISOString(), '--port', 0, '--json'], places[1]);
    await replayed.out.until((text) => text.includes('\n'));
    const { port } = OUTPUT_SCHEMAS.simulate.parse(replayed.out.documents[0]);
    const quoted = await run(['watch', 'SPY', '--count', 3, '--json', '--via', 'direct', '--port', port], directly);
    const bids = new Set(passed.map(({ bid }) => bid));
    const seen = quoted.out.documents.map(({ bid }) => bid).filter((bid) => bid !== undefined);
    expect([quoted.exitCode, seen.length > 0, seen.filter((bid) => !bids.has(bid))]).toEqual([0, true, []]);
    replayed.stop();
    expect(await replayed.exitCode).toBe(0);
  }, 120_000);
});

describe("the broker's code of a refusal", () => {
  const refuse = (code: number, request: 'reqMktData' | 'reqHistoricalData' | 'reqTickByTickData' | 'reqMktDepth' | 'reqRealTimeBars'): void => {
    simulator.control.inject({ type: 'notice', code, text: `refused with ${code}`, request, instead: true, count: 100 });
  };

  it('of an order is in the document and in the text, and the exit code is 5', async () => {
    const documents = (await both(['order', 'buy', 'AAPL', 900_000, '--limit', 250, '--submit', '--json'])).map(({ exitCode, out }) => {
      const placed = OUTPUT_SCHEMAS.order.parse(out.documents[0]);
      return [exitCode, ...(placed.submitted ? placed.orders.map(({ status, brokerCode, reason }) => [status, brokerCode, reason?.slice(0, 20)]) : [])];
    });
    expect(documents).toEqual([[5, ['rejected', 201, 'Order rejected - rea']], documents[0]]);
    for (const { exitCode, out } of await both(['order', 'buy', 'AAPL', 900_000, '--limit', 250, '--submit'])) expect([exitCode, out.text]).toEqual([5, expect.stringMatching(/reason +201 /)]);
  });

  it.each<[string, Argv, () => void, number]>([
    ['of a quote', ['quote', 'MSFT'], () => { refuse(354, 'reqMktData'); }, 354],
    ['of history', ['history', 'MSFT', '--from', '2026-11-19', '--to', '2026-11-20'], () => { refuse(162, 'reqHistoricalData'); }, 162],
    ['of a symbol', ['quote', 'ZZZZQ'], () => undefined, 200],
    ['of a stream of quotes', ['watch', 'NVDA', '--count', 1], () => { refuse(354, 'reqMktData'); }, 354],
    ['of a stream of trades', ['watch', 'NVDA', '--trades', '--count', 1], () => { refuse(10_189, 'reqTickByTickData'); }, 10_189],
    ['of a stream of books', ['depth', 'NVDA', '--watch', '--count', 1], () => { refuse(354, 'reqMktDepth'); }, 354],
    ['of a stream whose symbol there is not', ['watch', 'ZZZZQ', '--count', 1], () => undefined, 200],
  ])('%s is the same directly and through the daemon, in the document and on stderr', async (_what, argv, prepare, code) => {
    prepare();
    const failures = (await both([...argv, '--json', '--timeout', '20s'])).map(({ exitCode, out, err }) => {
      const { error } = OUTPUT_SCHEMAS.error.parse(out.documents.at(-1));
      return { seen: exitCode, ...error, stderr: err.text };
    });
    expect(failures[0]).toMatchObject({ ibCode: code });
    expect(failures[1]).toEqual(failures[0]);
  }, 60_000);

  it('of one stream of several is on its line, with the same fields either way', async () => {
    const watch = ['watch', 'ZZZZQ', 'SPY', '--json'];
    const runs = [start([...watch, ...gateway], directly), start([...watch, '--via', 'daemon'], through)];
    const lines = await Promise.all(runs.map(async (each) => {
      // The other one goes on.
      await each.out.until((text) => /"event":"error"[^]*"event":"quote"/.test(text));
      each.stop();
      const exitCode = await each.exitCode;
      for (const line of each.out.documents) OUTPUT_SCHEMAS['watch-line'].parse(line);
      return { exitCode, error: each.out.documents.find(({ event }) => event === 'error') };
    }));
    expect(lines[0]).toMatchObject({ exitCode: 1, error: { symbol: 'ZZZZQ', error: { ibCode: 200, code: 'IBKR_CONTRACT_NOT_FOUND' } } });
    expect(lines[1]).toEqual(lines[0]);
  }, 60_000);
});

describe('text of the broker', () => {
  /** Controls of both tables, deletion, marks and overrides of direction, separators of lines: nothing of it may reach a terminal. A line break is the only one that is ours. */
  /** Progress draws its one line anew: carriage return, and clear to the end of the line. */
  const PROGRESS = new RegExp(String.raw`\r[^\r\n\u001b]*\u001b\[K`, 'g');
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  const CHARACTERS = ['\u0000', '\u0007', '\u0008', '\t', '\n', '\r', '\u001b[2J', '\u001b]0;title\u0007', '\u001b[31m', '\u007f', '\u0085', '\u0090', '\u009b31m', '\u009d', '\u061c', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202e', '\u2066', '\u2069'];
  const COMMANDS: readonly Argv[] = [
    ['check'], ['status'], ['doctor'], ['quote', 'SPY', 'AAPL'], ['chain', 'SPY', '--strikes', 1], ['greeks', 'SPY', '--expiry', '2026-12-18', '--strike', 595, '--right', 'C'], ['depth', 'SPY'],
    ['history', 'SPY', '--from', '2026-11-19', '--bar', '1 hour', '--plan'], ['history', 'SPY', '--from', '2026-11-19', '--bar', '1 hour'], ['news', 'AAPL'], ['scan', 'TOP_PERC_GAIN'],
    ['positions'], ['account'], ['pnl'], ['orders'], ['fills'], ['order', 'buy', 'AAPL', 1], ['order', 'buy', 'AAPL', 1, '--submit', '--key', 'hostile-1'], ['order', 'cancel', 'hostile-1'], ['reconcile'], ['gateway', 'status'], ['token', 'list'], ['flow', 'tickers'], ['flow', 'status'],
  ];

  it('cannot command a terminal, whatever a document says and whichever command shows it', async () => {
    await using relay = await hostileRelay(daemon.url);
    const token = (await readFile(path.join(through.env?.['IBKIT_STATE_DIR'] ?? '', 'admin.token'), 'utf8')).trim();
    await run(['order', 'buy', 'AAPL', 2, '--submit', '--via', 'daemon'], through);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 3 }), async (characters) => {
        relay.hostile = `${CHARACTERS.join('x')}${characters.join('')}`;
        const leaks: string[] = [];
        for (const argv of COMMANDS) {
          const { out, err } = await run([...argv, '--no-color', '--via', 'daemon', '--daemon-url', relay.url], { env: { ...through.env, IBKIT_TOKEN: token }, terminal: true });
          const shown = out.text + err.text.replaceAll(PROGRESS, '');
          const at = shown.search(HOSTILE);
          if (at >= 0) leaks.push(`${argv.join(' ')}: ${JSON.stringify(shown.slice(Math.max(0, at - 80), at + 4))}`);
        }
        expect(leaks).toEqual([]);
      }),
      { numRuns: 2 },
    );
    expect(relay.changed).toBeGreaterThan(200);
  }, 120_000);

  it('cannot do it in a refusal either, nor with --debug', async () => {
    simulator.control.inject({ type: 'notice', code: 354, text: `no\u001b[2J\u009b31m\u202e${CHARACTERS.join('')}`, request: 'reqMktData', instead: true, count: 100 });
    for (const { exitCode, out, err } of await both(['quote', 'MSFT', '--debug', '--log-level', 'error'])) {
      expect([exitCode, HOSTILE.exec(out.text + err.text)?.[0], err.text]).toEqual([1, undefined, expect.stringContaining('no')]);
    }
  }, 60_000);
});

describe('the options flow service beside a daemon', () => {
  it.each<[string, Argv, () => Readonly<Record<string, string>>, number]>([
    ['through the daemon that knows it', ['--via', 'daemon'], () => ({}), 0],
    ['through it, because nobody else knows', [], () => ({}), 0],
    ['through it, whichever mode and port are meant', ['--live', '--port', 9], () => ({}), 0],
    ['through it, although the other mode is asked for by name', ['--live', '--via', 'daemon'], () => ({}), 0],
    ['directly, because the environment knows', [], () => ({ API_BASE_URL: serviceUrl, API_KEY: 'mine' }), 0],
    ['directly, because the daemon of that address is none', ['--via', 'daemon', '--daemon-url', 'http://127.0.0.1:1'], () => ({ API_BASE_URL: serviceUrl, API_KEY: 'mine' }), 0],
    ['directly, because the token is not known there', ['--via', 'daemon'], () => ({ API_BASE_URL: serviceUrl, API_KEY: 'mine', IBKIT_TOKEN: 'unknown' }), 0],
    ['not at all when nobody knows where it is', ['--via', 'direct'], () => ({}), 2],
  ])('is asked %s', async (_what, argv, env, exitCode) => {
    const before = asked;
    const refusal: unknown = { error: expect.objectContaining({ exitCode }) as unknown };
    const { exitCode: seen, out } = await run(['flow', 'tickers', '--json', ...argv], { env: { ...through.env, ...env() } });
    expect([seen, asked - before, out.documents[0]]).toEqual([exitCode, exitCode === 0 ? 1 : 0, exitCode === 0 ? { tickers: ['SPY'] } : refusal]);
  });
});

describe('the process of the gateway through the daemon', () => {
  it('is what its own configuration names: no path of the command line gets there', async () => {
    const before = await run(['gateway', 'status', '--json', '--via', 'daemon'], through);
    expect(before.out.documents).toEqual([expect.objectContaining({ driver: 'direct', port: simulator.port })]);
    for (const verb of ['start', 'stop', 'restart', 'status']) {
      const { exitCode, err } = await run(['gateway', verb, '--gateway-path', '/bin/true', '--via', 'daemon'], through);
      expect([exitCode, err.text]).toEqual([2, expect.stringMatching(/--gateway-path is not taken by the daemon/)]);
    }
    // Another one answers at its port, so it starts none beside that, and says so.
    const started = await run(['gateway', 'start', '--json', '--via', 'daemon', '--timeout', '5s'], through);
    expect(started.exitCode).not.toBe(0);
    expect(started.out.text).not.toContain(program);
  }, 60_000);
});

it.skipIf(process.platform === 'win32')('a daemon is found by the variable that both programs read', async () => {
  const stateDirectory = temporaryDirectory();
  const env = { IBKIT_STATE_DIR: stateDirectory };
  await using other = await startByHand({ stateDirectory, gatewayPort: simulator.port, env });
  const status = await run(['daemon', 'status', '--json'], { env });
  expect(status.out.documents).toEqual([expect.objectContaining({ running: true, url: other.url, pid: other.pid })]);
}, 60_000);

describe('one key at once, through the daemon and from a command that trades with its state directory', () => {
  it('is one order: the gateway gives the client id of the orders to one of them only', async () => {
    const seen = (): number => simulator.control.journal({ kind: 'in', type: 'placeOrder' }).length;
    const before = seen();
    const buy = ['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--no-wait', '--key', 'at-once'] as const;
    const [passed, direct] = await Promise.all([run([...buy, '--via', 'daemon'], through), run([...buy, '--via', 'direct', '--port', simulator.port, '--timeout', '5s'], through)]);
    expect([passed.exitCode, direct.exitCode, seen() - before]).toEqual([8, 3, 1]);
    expect(direct.err.text).toContain('Client id 1 is already in use');
  });
});
