import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { Running } from '../testing/fake-io.js';

async function portOf(simulating: Running): Promise<number> {
  await simulating.out.until((text) => text.includes('\n'));
  return Number(simulating.out.documents[0]?.['port']);
}

describe('simulate', () => {
  it('says where it listens in its first line, and ends with 0 when it is stopped', async () => {
    const simulating = start(['simulate', '--port', 0, '--json']);
    const port = await portOf(simulating);
    expect(simulating.out.text).toBe(`{"event":"listening","host":"127.0.0.1","port":${port}}\n`);
    expect((await run(['check', '--port', port])).exitCode).toBe(0);
    simulating.stop();
    expect(await simulating.exitCode).toBe(0);
    expect((await run(['check', '--port', port])).exitCode).toBe(3);
  });

  it('tells people how to use it, and ends by itself after --for', async () => {
    const { exitCode, out, err } = await run(['simulate', '--port', 0, '--for', '50ms']);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^TWS simulator listening on 127\.0\.0\.1:\d+\n$/);
    expect(err.text).toContain('Try: ibkit watch SPY');
  });

  it('says where the control port is: at the address of the simulator', async () => {
    const { exitCode, out } = await run(['simulate', '--host', 'localhost', '--port', 0, '--control-port', 0, '--for', '50ms']);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^TWS simulator listening on localhost:\d+\nControl port on http:\/\/localhost:\d+\n$/);
  });

  it('takes accounts, a seed and a time to start at', async () => {
    const simulating = start(['simulate', '--port', 0, '--json', '--accounts', 'DU1,DU2', '--seed', 7, '--start-at', '2026-03-02T14:30:00Z', '--pacing', 'pace']);
    const { out } = await run(['check', '--json', '--port', await portOf(simulating)]);
    expect(out.documents[0]).toMatchObject({ connection: { accounts: ['DU1', 'DU2'], serverTimeMs: expect.closeTo(Date.parse('2026-03-02T14:30:00Z'), -5) as number } });
    simulating.stop();
    expect(await simulating.exitCode).toBe(0);
  });
});

describe('simulate with a control port and a state file', () => {
  it('says where the control port is, serves the state there, and knows its positions after a restart', async () => {
    const state = path.join(temporaryDirectory(), 'state.json');
    const first = start(['simulate', '--port', 0, '--control-port', 0, '--state', state, '--json']);
    const port = await portOf(first);
    const controlPort = Number(first.out.documents[0]?.['controlPort']);
    expect((await run(['order', 'buy', 'AAPL', 10, '--submit', '--port', port])).exitCode).toBe(0);
    const answer = await fetch(`http://127.0.0.1:${controlPort}/state`);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(await answer.json())).toContain('AAPL');
    first.stop();
    expect(await first.exitCode).toBe(0);

    const second = start(['simulate', '--port', 0, '--state', state, '--json']);
    const { out } = await run(['positions', '--json', '--port', await portOf(second)]);
    expect(out.documents[0]).toMatchObject({ positions: [{ symbol: 'AAPL', position: 10 }] });
    second.stop();
    expect(await second.exitCode).toBe(0);
  });

  it('steps through a trading calendar in lock-step', async () => {
    const simulating = start(['simulate', '--port', 0, '--control-port', 0, '--json', '--lock-step', '--sessions', 'calendar', '--start-at', '2026-03-07T17:00:00Z']);
    await portOf(simulating);
    const control = `http://127.0.0.1:${String(simulating.out.documents[0]?.['controlPort'])}`;
    const saturdayMs = Date.UTC(2026, 2, 7, 17);
    expect(await (await fetch(`${control}/state`)).json()).toMatchObject({ clock: { nowMs: saturdayMs, paused: true } });
    const post = async (where: string, body: object): Promise<unknown> => (await fetch(`${control}/${where}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();
    const before = await post('market', { action: 'resume', symbol: 'AAPL' });
    expect(await post('clock', { action: 'step', ms: 3_600_000 })).toMatchObject({ nowMs: saturdayMs + 3_600_000 });
    // Nobody trades on a Saturday.
    expect(before).toMatchObject({ symbol: 'AAPL', close: expect.any(Number) as number });
    expect(await post('market', { action: 'resume', symbol: 'AAPL' })).toEqual(before);
    simulating.stop();
    expect(await simulating.exitCode).toBe(0);
  });

  it.each([
    [['--port', '70000'], /^ibkit: --port must be .*70000/],
    [['--host', '0.0.0.0'], /^ibkit: --host must be .*0\.0\.0\.0/],
    [['--seed', '1.5'], /^ibkit: --seed must be .*1\.5/],
    [['--seed', '99999999999999999999'], /^ibkit: --seed must be a whole number from 0 to 9007199254740991.*9{20}/],
    [['--accounts', 'U1'], /^ibkit: --accounts must be names that begin with DU or DF \(or add --force-accounts\)/],
    [['--accounts', ',', '--force-accounts'], /^ibkit: --accounts must name at least one/],
    [['--speed', '0'], /^ibkit: --speed must be .*0/],
    [['--start-at', '2026-02-30T10:00:00Z'], /^ibkit: --start-at must be .*2026-02-30/],
    [['--start-at', '2026-03-02T10:00:00'], /^ibkit: --start-at must be .*with its zone/],
    [['--replay', '/nowhere.csv'], /^ibkit: --replay must be .*nowhere\.csv/],
    [['--pacing', 'fast'], /--pacing.*fast.*strict, pace, off/],
    [['--sessions', 'never'], /--sessions.*never.*always, calendar/],
    [['--control-port', '-2'], /^ibkit: --control-port must be .*-2/],
    [['--state', '/nowhere/state.json'], /^ibkit: --state must be .*nowhere/],
    [['--scenario', '/nowhere/storm.json'], /^ibkit: --scenario must be .*nowhere\/storm\.json/],
  ])('names the flag, the value and the rule: %j', async (flags, message) => {
    const { exitCode, out, err } = await run(['simulate', '--port', 0, '--for', '50ms', ...flags]);
    expect([exitCode, out.text]).toEqual([2, '']);
    expect(err.lines[0]).toMatch(message);
  });

  it('says in which scenario file a step is wrong', async () => {
    const file = path.join(temporaryDirectory(), 'storm.json');
    writeFileSync(file, JSON.stringify({ name: 'storm', steps: [{ after: 1, fault: { type: 'dorp' } }] }));
    const { exitCode, err } = await run(['simulate', '--port', 0, '--scenario', file]);
    expect(exitCode).toBe(2);
    expect(err.lines[0]).toMatch(/^ibkit: --scenario .*storm\.json: steps\[0\]\.fault\.type must be one of .*dorp/);
  });

  it('exits with 1 when the control port is taken, as when the port is', async () => {
    const first = start(['simulate', '--port', 0, '--control-port', 0, '--json']);
    const port = await portOf(first);
    const controlPort = Number(first.out.documents[0]?.['controlPort']);
    expect((await run(['simulate', '--port', port])).exitCode).toBe(1);
    expect((await run(['simulate', '--port', 0, '--control-port', controlPort])).exitCode).toBe(1);
    first.stop();
    expect(await first.exitCode).toBe(0);
  });

  it('names a scenario or state file that it cannot read', async () => {
    const { exitCode, err } = await run(['simulate', '--port', 0, '--scenario', '/nowhere/storm.json']);
    expect(exitCode).toBe(2);
    expect(err.text).toContain('/nowhere/storm.json');
  });
});

describe('a replay', () => {
  it('gives a watcher that comes late every trade from the open on, in order', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({ ms: 34_200_000 + index * 5_000, price: 167.4 + index / 100, size: 100 + index }));
    const file = path.join(temporaryDirectory(), '20131007_spy_tick_trade.csv');
    writeFileSync(file, rows.map(({ ms, price, size }) => `${ms},${Math.round(price * 10_000)},${size},Q,0,0\n`).join(''));
    const simulating = start(['simulate', '--port', 0, '--json', '--replay', file, '--speed', 3_600]);
    const port = await portOf(simulating);
    // Others come and go first: the replay waits for somebody who watches.
    expect((await run(['check', '--port', port])).exitCode).toBe(0);
    const { exitCode, out, err } = await run(['watch', 'SPY', '--trades', '--json', '--count', rows.length, '--port', port]);
    expect(err.text).toBe('');
    expect(exitCode).toBe(0);
    expect(out.documents.map(({ event, price, size }) => ({ event, price, size }))).toEqual(rows.map(({ price, size }) => ({ event: 'trade', price: expect.closeTo(price, 6) as number, size })));
    expect(out.documents[0]).toMatchObject({ symbol: 'SPY', time: '2013-10-07T13:30:00.000Z' });
    simulating.stop();
    expect(await simulating.exitCode).toBe(0);
  });

  it('says when nothing of it is left at the time to start at', async () => {
    const file = path.join(temporaryDirectory(), '20131007_spy_tick_trade.csv');
    writeFileSync(file, '34200000,1674000,100,Q,0,0\n');
    const over = await run(['simulate', '--port', 0, '--replay', file, '--start-at', '2013-10-08T13:30:00Z', '--for', '50ms']);
    expect(over.err.text).toContain('Every row of the replay is before --start-at');
    expect(over.err.text).not.toContain('waits at the open');
    expect((await run(['simulate', '--port', 0, '--replay', file, '--for', '50ms'])).err.text).toContain('waits at the open');
  });
});
