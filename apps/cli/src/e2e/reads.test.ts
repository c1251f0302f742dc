import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exitCodeOfRecording } from '../commands/service/record.js';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import type { OutputSchemaName } from '../output/schemas.js';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';

let simulator: Simulator;
let gateway: readonly (string | number)[];

beforeAll(async () => {
  simulator = await createSimulator({ port: 0 });
  gateway = ['--port', simulator.port];
});
afterAll(() => simulator.close());

/** One document that fits its published schema. */
async function document(schema: OutputSchemaName, ...argv: readonly (string | number)[]): Promise<Record<string, unknown>> {
  const { exitCode, out, err } = await run([...argv, '--json', ...gateway]);
  expect([exitCode, err.text]).toEqual([0, expect.not.stringContaining('ibkit: ')]);
  expect(out.documents).toHaveLength(1);
  expect(OUTPUT_SCHEMAS[schema].safeParse(out.documents[0]).error?.issues).toBeUndefined();
  return out.documents[0] ?? {};
}

async function expiryOf(symbol: string): Promise<string> {
  const { expiries } = OUTPUT_SCHEMAS.chain.parse(await document('chain', 'chain', symbol, '--strikes', 1));
  return expiries[0] ?? '';
}

describe('documents', () => {
  it.each<[OutputSchemaName, ...(string | number)[]]>([
    ['check', 'check'],
    ['doctor', 'doctor'],
    ['status', 'status'],
    ['quotes', 'quote', 'SPY', 'AAPL'],
    ['depth', 'depth', 'SPY', '--rows', 3],
    ['news', 'news', 'AAPL', '--limit', 3],
    ['scan', 'scan', 'TOP_PERC_GAIN', '--rows', 5],
    ['positions', 'positions', '--values'],
    ['account', 'account', '--tags', 'NetLiquidation'],
    ['pnl', 'pnl'],
    ['orders', 'orders', '--status', 'all'],
    ['fills', 'fills'],
    ['reconcile', 'reconcile'],
  ])('of %s fit their schema', async (schema, ...argv) => {
    expect(Object.keys(await document(schema, ...argv)).length).toBeGreaterThan(0);
  });
});

describe('for people', () => {
  it.each<[(string | number)[], RegExp]>([
    [['doctor', '--no-quote'], /^ok {2}name .*\nok {2}port .*[^]*\nok {2}/],
    [['status'], /^connected for .*\n {2}accounts +DU1234567\n {2}tcp +up[^]*data +ready/],
    [['depth', 'SPY', '--rows', 3], /^SPY\nMAKER +SIZE +BID +ASK +SIZE +MAKER\n/],
    [['news', 'AAPL', '--limit', 2], /Z {2}\w+ +.+ {2}\[\w+:.+\]\n/],
    [['scan', 'MOST_ACTIVE', '--rows', 3], /^RANK +SYMBOL +TYPE +EXCHANGE +CCY +MARKET\n +1 {2}/],
    [['pnl'], /^ACCOUNT +TODAY +UNREALISED +REALISED +AGE\nDU1234567/],
    [['orders'], /^No open orders\. Those that have ended: ibkit orders --status all\n/],
    [['orders', '--status', 'all'], /^No orders\.\n/],
    [['fills'], /^No fills\.\n/],
    [['reconcile'], /^Compared in .+: 0 new fills, 0 resolved, 0 unknown, 0 missing, 0 of others\n/],
    [['history', 'SPY', '--from', '2026-11-16', '--plan'], /^SPY 1 min from .*\n {2}requests +\d+\n {2}time +about /],
  ])('%j', async (argv, text) => {
    const { exitCode, out, err } = await run([...argv, ...gateway]);
    expect([exitCode, err.text, out.text]).toEqual([0, '', expect.stringMatching(text)]);
  });

  it('a chain is a table around the money', async () => {
    const { exitCode, out } = await run(['chain', 'SPY', '--strikes', 2, ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^SPY {2}[\d.]+ {2}live\n\n\d{4}-\d{2}-\d{2} {2}SPY\n +IV +DELTA +OI +BID +ASK +STRIKE +ASK +BID +OI +DELTA +IV\n/);
    expect(out.text).toContain('>');
  });

  it('one side of a chain has all its Greeks, and so has one option', async () => {
    const expiry = await expiryOf('SPY');
    const calls = await run(['chain', 'SPY', '--expiry', expiry, '--strikes', 1, '--right', 'C', ...gateway]);
    expect(calls.out.text).toMatch(/STRIKE +BID +ASK +LAST +VOLUME +OI +IV +DELTA +GAMMA +VEGA +THETA/);
    const { rows } = OUTPUT_SCHEMAS.chain.parse(await document('chain', 'chain', 'SPY', '--expiry', expiry, '--strikes', 1, '--right', 'C'));
    const strike = rows[0]?.strike ?? 0;
    const one = await document('greeks', 'greeks', 'SPY', '--expiry', expiry, '--strike', strike, '--right', 'C');
    expect(one).toMatchObject({ symbol: 'SPY', strike, right: 'C', greeks: { delta: expect.any(Number) as number } });
  });
});

describe('greeks of numbers', () => {
  const argv = ['greeks', '--spot', 100, '--strike', 100, '--expiry', '2030-01-18', '--right', 'C'] as const;

  it('need no gateway, and find a volatility from a price', async () => {
    const { exitCode, out } = await run([...argv, '--volatility', 0.2, '--json', '--port', 1]);
    expect(exitCode).toBe(0);
    const { greeks } = OUTPUT_SCHEMAS.greeks.parse(out.documents[0]);
    const back = await run([...argv, '--price', greeks.price ?? 0, '--json']);
    expect(OUTPUT_SCHEMAS.greeks.parse(back.out.documents[0]).greeks.impliedVolatility).toBeCloseTo(0.2, 6);
  });

  it.each([[[...argv]], [[...argv, '--volatility', 0.2, '--price', 5]], [['greeks', '--spot', 100]], [['greeks', 'SPY', '--spot', 100]], [[...argv, '--price', 1000]]])('%j exits 2', async (line) => {
    expect((await run(line)).exitCode).toBe(2);
  });
});

describe('history', () => {
  const range = ['--from', '2026-11-18', '--to', '2026-11-19', '--bar', '30 mins'] as const;

  it('is CSV on stdout, JSON lines with --json', async () => {
    const csv = await run(['history', 'SPY', ...range, ...gateway]);
    expect([csv.exitCode, csv.out.lines[0]]).toEqual([0, 'time,date,open,high,low,close,volume,wap,count,complete']);
    const lines = await run(['history', 'SPY', ...range, '--json', ...gateway]);
    expect(lines.out.documents.length).toBe(csv.out.lines.length - 1);
    for (const line of lines.out.documents) expect(OUTPUT_SCHEMAS.bar.safeParse(line).success).toBe(true);
  });

  it('goes on where its cursor file says, and does not begin over a file', async () => {
    const cwd = temporaryDirectory();
    const argv = ['history', 'SPY', ...range, '--out', 'spy.csv', ...gateway];
    expect((await run(argv, { cwd })).exitCode).toBe(0);
    const whole = readFileSync(path.join(cwd, 'spy.csv'), 'utf8');
    expect(existsSync(path.join(cwd, 'spy.csv.cursor'))).toBe(false);
    const again = await run(argv, { cwd });
    expect([again.exitCode, again.err.text]).toEqual([2, expect.stringContaining('not there yet')]);

    const interrupted = start(argv.map((word) => (word === 'spy.csv' ? 'part.csv' : word)), { cwd });
    interrupted.stop();
    await interrupted.exitCode;
    writeFileSync(path.join(cwd, 'other.csv.cursor'), 'no cursor');
    expect((await run(['history', 'SPY', ...range, '--out', 'other.csv', ...gateway], { cwd })).exitCode).toBe(2);
    expect(whole.split('\n').length).toBeGreaterThan(10);
  });

  it('is Parquet by the name of its file', async () => {
    const cwd = temporaryDirectory();
    const { exitCode, out } = await run(['history', 'SPY', ...range, '--out', 'spy.parquet', '--json', ...gateway], { cwd });
    expect([exitCode, out.documents[0]]).toEqual([0, expect.objectContaining({ file: 'spy.parquet', whole: true })]);
    expect(readFileSync(path.join(cwd, 'spy.parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect(existsSync(path.join(cwd, 'spy.parquet.part.jsonl'))).toBe(false);
  });

  it.each([[['history', 'SPY']], [['history', 'SPY', '--from', '2026-11-20', '--to', '2026-11-19']], [['history', 'SPY', ...range, '--format', 'parquet']], [['history', 'SPY', ...range, '--format', 'csv', '--json']]])('%j exits 2', async (argv) => {
    expect((await run([...argv, ...gateway])).exitCode).toBe(2);
  });
});

describe('streams', () => {
  it.each<[OutputSchemaName, (string | number)[]]>([
    ['watch-line', ['watch', 'SPY', '--count', 2]],
    ['watch-line', ['watch', 'SPY', '--trades', '--count', 2]],
    ['depth-line', ['depth', 'SPY', '--watch', '--count', 2]],
    ['pnl-line', ['pnl', '--watch', '--count', 1]],
    ['positions-line', ['positions', '--watch', '--count', 1]],
  ])('%s: %j', async (schema, argv) => {
    const { exitCode, out } = await run([...argv, '--json', ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.documents.length).toBeGreaterThan(0);
    for (const line of out.documents) expect(OUTPUT_SCHEMAS[schema].safeParse(line).error?.issues).toBeUndefined();
  });
});

describe('records and replays', () => {
  it('what came, as rows and as a file', async () => {
    const cwd = temporaryDirectory();
    const recorded = start(['record', 'SPY', '--out', 'spy', '--json', ...gateway], { cwd });
    await vi.waitFor(async () => {
      expect((await run(['replay', 'spy', '--kinds', 'quote'], { cwd })).out.documents.length).toBeGreaterThan(0);
    }, { timeout: 30_000, interval: 100 });
    recorded.stop();
    expect([await recorded.exitCode, recorded.out.documents.at(-1)]).toEqual([0, expect.objectContaining({ event: 'stopped', lost: 0 })]);
    const rows = await run(['replay', 'spy', '--kinds', 'quote'], { cwd });
    expect(rows.out.documents.length).toBeGreaterThan(0);
    const made = await run(['replay', 'spy', '--kinds', 'quote', '--export', 'quotes.csv', '--json'], { cwd });
    expect([made.exitCode, OUTPUT_SCHEMAS['replay-export'].strict().parse(made.out.documents[0]).gaps]).toEqual([0, 0]);
    expect((await run(['replay', 'spy', '--describe'], { cwd })).out.text).toContain('rows ');
    const described = await run(['replay', 'spy', '--describe', '--json'], { cwd });
    expect(OUTPUT_SCHEMAS['replay-description'].strict().parse(described.out.documents[0])).toMatchObject({ live: false, source: { name: 'ibkit record' } });
    for (const row of [...rows.out.documents, ...recorded.out.documents]) expect(OUTPUT_SCHEMAS['event' in row ? 'record-line' : 'replay-line'].safeParse(row).error?.issues).toBeUndefined();
    expect((await run(['replay', 'nowhere'], { cwd })).exitCode).toBe(2);
    expect((await run(['replay', 'spy', '--kinds', 'gold'], { cwd })).exitCode).toBe(2);
  });

  it('bars and the book, when they are asked for, and nothing else', async () => {
    const cwd = temporaryDirectory();
    // Twenty times as fast, a bar of five seconds is over in a quarter of one.
    await using fast = await createSimulator({ port: 0, speed: 20 });
    const recording = start(['record', 'SPY', '--out', 'spy', '--bars', '5s', '--depth', '--json', '--port', fast.port], { cwd });
    await vi.waitFor(() => {
      // The second bar says that the first one was received.
      for (const type of ['realTimeBar', 'marketDepthL2']) expect(fast.control.journal({ kind: 'out', type }).length).toBeGreaterThan(1);
    }, { timeout: 30_000 });
    recording.stop();
    expect(await recording.exitCode).toBe(0);
    const { out } = await run(['replay', 'spy'], { cwd });
    const types = new Set(out.documents.map(({ type }) => type));
    expect([types.has('quote'), types.has('trade'), types.has('depth'), types.has('bar')]).toEqual([false, false, true, true]);
    for (const row of out.documents) expect(OUTPUT_SCHEMAS['replay-line'].safeParse(row).error?.issues).toBeUndefined();
  });

  it('a recording that lost rows is no success', () => {
    expect([exitCodeOfRecording(0, { lost: 0 }), exitCodeOfRecording(0, { lost: 1 }), exitCodeOfRecording(3, { lost: 1 })]).toEqual([0, 1, 3]);
  });
});

describe('gateway status', () => {
  it('of a program that is not ours says whether its API answers, and no more', async () => {
    const found = await document('gateway', 'gateway', 'status');
    expect(found).toMatchObject({ managed: false, phase: 'external', cause: 'the API answers', serverVersion: 193 });
    const nobody = await run(['gateway', 'status', '--port', 1]);
    expect([nobody.exitCode, nobody.out.text]).toEqual([3, expect.stringContaining('nothing listens there')]);
  });
});
