import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import { beforeEach, expect, it } from 'vitest';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

let state: string;
let temporary: string;
let options: RunOptions;

/** What is in the state directory of the user, all levels of it. */
function kept(): readonly string[] {
  return readdirSync(state, { recursive: true }).map(String).filter((name) => !name.endsWith('-wal') && !name.endsWith('-shm')).sort();
}

beforeEach(() => {
  state = path.join(temporaryDirectory(), 'state');
  temporary = temporaryDirectory();
  options = { env: { IBKIT_STATE_DIR: state, TMPDIR: temporary } };
});

it('shows nothing of the real journal, and leaves it as it is', async () => {
  await using simulator = await createSimulator();
  const gateway = ['--port', simulator.port];
  // The user has traded with the gateway that is meant when nothing else is said, and has stopped trading there.
  expect((await run(['order', 'buy', 'AAPL', 10, '--submit', '--key', 'real-1', ...gateway], options)).exitCode).toBe(0);
  expect((await run(['kill', '--reason', 'real', ...gateway], options)).exitCode).toBe(0);
  const before = await run(['audit', ...gateway], options);
  expect(before.out.text).toContain('real-1');
  const there = kept();

  const trail = await run(['audit', '--simulate', ...gateway], options);
  expect([trail.exitCode, trail.out.text]).toEqual([0, '']);
  expect(trail.err.text).toContain('no such records');
  expect((await run(['audit', '--verify', '--simulate', '--json', ...gateway], options)).out.documents[0]).toMatchObject({ ok: true, records: 0 });
  const orders = await run(['orders', '--simulate', '--json', ...gateway], options);
  expect([orders.exitCode, orders.out.documents[0]]).toEqual([0, expect.objectContaining({ orders: [] })]);
  expect((await run(['kill', '--release', '--simulate', ...gateway], options)).out.text).toBe('The kill switch was not on.\n');
  expect((await run(['order', 'buy', 'AAPL', 1, '--submit', '--key', 'real-1', '--simulate', ...gateway], options)).exitCode).toBe(0);
  expect((await run(['doctor', '--simulate', '--no-quote', ...gateway], options)).exitCode).toBe(0);

  expect(kept()).toEqual(there);
  expect((await run(['audit', ...gateway], options)).out.text).toBe(before.out.text);
  expect((await run(['kill', '--release', ...gateway], options)).out.text).toBe('The kill switch is off.\n');
});

it('keeps its state in a directory that is gone with it, also when it is interrupted', async () => {
  const watching = start(['watch', 'SPY', '--simulate', '--json'], options);
  await watching.out.until((text) => text.includes('\n'));
  expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^ibkit-simulated-/)]);
  watching.stop();
  await watching.exitCode;
  expect(readdirSync(temporary)).toEqual([]);
  expect((await run(['quote', 'NOSUCHNAME', '--simulate'], options)).exitCode).not.toBe(0);
  expect(readdirSync(temporary)).toEqual([]);
});

it.each([
  [['audit', '--via', 'daemon'], /--via daemon/],
  [['doctor', '--via', 'daemon'], /--via daemon/],
  [['gateway', 'start', '--gateway-path', '/bin/true'], /no program/],
  [['gateway', 'stop', '--gateway-path', '/bin/true'], /no program/],
  [['gateway', 'restart', '--gateway-path', '/bin/true'], /no program/],
])('refuses what is about something else than its simulator: %j', async (argv, why) => {
  const { exitCode, err } = await run([...argv, '--simulate'], options);
  expect([exitCode, err.text]).toEqual([2, expect.stringMatching(why)]);
});

it('says what to do where no such directory can be made', async () => {
  const { exitCode, err } = await run(['quote', 'SPY', '--simulate'], { env: { TMPDIR: path.join(temporary, 'nowhere') } });
  expect([exitCode, err.text]).toEqual([1, expect.stringMatching(/^ibkit: --simulate keeps its state in a new directory below .*nowhere.*\n.*Set TMPDIR to a directory that can be written/)]);
});

it('asks its simulator how the gateway is, whatever program is configured', async () => {
  const { exitCode, out } = await run(['gateway', 'status', '--simulate', '--json', '--gateway-path', '/bin/true', '--port', 1], options);
  expect([exitCode, out.documents[0]]).toEqual([0, expect.objectContaining({ driver: 'external', cause: 'the API answers' })]);
});
