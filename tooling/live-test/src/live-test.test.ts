import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { liveTest } from './live-test.js';
import { CHECKS } from './run-suite.js';

const simulators: Simulator[] = [];
afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.close();
});

async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator({ port: 0, ...options });
  simulators.push(simulator);
  return simulator;
}

interface Report {
  readonly results: readonly { readonly id: string; readonly outcome: string; readonly reason?: string; readonly facts: Readonly<Record<string, unknown>> }[];
}

async function run(env: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const text = { out: '', err: '' };
  const code = await liveTest(argv, {
    env,
    out: (more) => {
      text.out += more;
    },
    err: (more) => {
      text.err += more;
    },
  });
  return { code, ...text };
}

describe('the suite itself, against the simulator', () => {
  it('passes every check, orders included, and leaves nothing behind', async () => {
    const simulator = await simulate();
    const { code, out, err } = await run({ IBKIT_LIVE_TEST_PORT: String(simulator.port), IBKIT_LIVE_TEST_ORDERS: '1' }, '--json');
    const { results } = JSON.parse(out) as Report;
    expect(results.map(({ id, outcome, reason }) => ({ id, outcome, reason }))).toEqual(CHECKS.map(({ id }) => ({ id, outcome: 'pass', reason: undefined })));
    expect(err).toBe(`live-test: ${CHECKS.length} passed, 0 failed, 0 skipped\n`);
    expect(code).toBe(0);
    expect(results.find(({ id }) => id === 'order-and-cancel')?.facts).toMatchObject({ orderRefInEveryOpenOrder: true, story: expect.stringMatching(/Submitted.*Cancelled/u) as string });
    expect(out).not.toMatch(/DU\d/u);
    await vi.waitFor(() => {
      expect(simulator.control.state().clients).toEqual([]);
    }, { timeout: 20_000 });
  });

  it('places no order without consent', async () => {
    const simulator = await simulate();
    const { code, out } = await run({ IBKIT_LIVE_TEST_HOST: '127.0.0.1', IBKIT_LIVE_TEST_PORT: String(simulator.port) });
    expect(code).toBe(0);
    expect(out).toContain('skip   order-and-cancel (0 ms): places orders: set IBKIT_LIVE_TEST_ORDERS=1');
    expect(simulator.control.journal({ kind: 'order' })).toEqual([]);
  });

  it('fails when the gateway does not hold what is proved', async () => {
    const simulator = await simulate();
    simulator.control.inject({ type: 'lose-ack' });
    const { code, out, err } = await run({ IBKIT_LIVE_TEST_PORT: String(simulator.port), IBKIT_LIVE_TEST_SYMBOL: 'NOSUCH' });
    expect(code).toBe(1);
    expect(out).toMatch(/fail {3}contract \(\d+ ms\): /u);
    expect(err).toMatch(/[1-9]\d* failed/u);
  });

  it('asks a live account nothing', async () => {
    const simulator = await simulate({ accounts: ['U1234567'], forceAccounts: true });
    const { code, err } = await run({ IBKIT_LIVE_TEST_PORT: String(simulator.port), IBKIT_LIVE_TEST_ORDERS: '1' });
    expect(code).toBe(4);
    expect(err).toContain('not paper accounts');
    expect(simulator.control.journal({ kind: 'order' })).toEqual([]);
  });
});

describe('the program', () => {
  it('is off when the environment names no gateway', async () => {
    expect(await run({})).toEqual({ code: 0, out: '', err: 'live-test: off, because the environment names no gateway (IBKIT_LIVE_TEST_HOST, IBKIT_LIVE_TEST_PORT)\n' });
  });

  it.each([
    [{ IBKIT_LIVE_TEST_PORT: '7496' }, /live gateway/u],
    [{ IBKIT_LIVE_TEST_HOST: 'gateway', IBKIT_LIVE_TEST_PORT: '4001' }, /live gateway/u],
    [{ IBKIT_LIVE_TEST_PORT: 'x' }, /IBKIT_LIVE_TEST_PORT must be/u],
    [{ IBKIT_LIVE_TEST_PORT: '4002', IBKIT_LIVE_TEST_LIMIT: '0' }, /IBKIT_LIVE_TEST_LIMIT must be/u],
    [{ IBKIT_LIVE_TEST_PORT: '4002', IBKIT_LIVE_TEST_CLIENT_ID: '0' }, /IBKIT_LIVE_TEST_CLIENT_ID must be/u],
  ])('refuses %j', async (env, says) => {
    const { code, err } = await run(env);
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });

  it('says that there is no gateway, what it can do, and what it does not know', async () => {
    const simulator = await simulate();
    await simulator.close();
    expect(await run({ IBKIT_LIVE_TEST_PORT: String(simulator.port) })).toMatchObject({ code: 3, err: expect.stringContaining('Nothing listens') as string });
    expect((await run({}, '--help')).out).toContain('npm run test:live');
    expect(await run({}, '--nonsense')).toMatchObject({ code: 2 });
    const listed = (await run({}, '--list')).out;
    for (const { id, proves } of CHECKS) expect(listed).toContain(`${id}${CHECKS.find((check) => check.id === id)?.orders === true ? ' (orders)' : ''}: ${proves}\n`);
  });
});

describe('the list of live checks', () => {
  it('names every check, with what the simulator cannot show of it', async () => {
    const text = await readFile(path.join(import.meta.dirname, '..', '..', '..', 'docs', 'live-checks.md'), 'utf8');
    for (const { id, proves, notInSimulator } of CHECKS) expect(text).toContain(`| \`${id}\` | ${proves} | ${notInSimulator ?? ''} |`);
    const rows = text.match(/^\| `[\w-]+` \|/gmu) ?? [];
    expect(rows).toHaveLength(CHECKS.length);
  });
});
