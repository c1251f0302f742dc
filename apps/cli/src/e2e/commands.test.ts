import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';

let simulator: Simulator;
let gateway: readonly (string | number)[];

beforeEach(async () => {
  simulator = await createSimulator({ port: 0 });
  gateway = ['--port', simulator.port];
});

afterEach(() => simulator.close());

describe('check', () => {
  it('says ok, and proves the account', async () => {
    const { exitCode, out, err } = await run(['check', ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^ok {2}127\.0\.0\.1:\d+, server version 193, client id 1[0-3]\d\n {4}accounts +DU1234567 \(paper\)\n/);
    expect(err.text).toBe('');
  });

  it('is one document with --json', async () => {
    const { exitCode, out } = await run(['check', '--json', ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.documents).toEqual([expect.objectContaining({ ok: true, connection: expect.objectContaining({ mode: 'paper', state: 'connected', accounts: ['DU1234567'], serverVersion: 193 }) as unknown })]);
  });

  it('takes the old flag forms', async () => {
    expect((await run(['--check', '--trading-mode', 'paper', ...gateway])).out.text).toMatch(/^ok /);
    expect((await run(['--positions', ...gateway])).out.text).toBe('No positions.\n');
    expect((await run([...gateway, '--account'])).out.text).toContain('NetLiquidation');
    expect((await run(['--subscribe', 'SPY', '--count', 1, ...gateway])).out.text).toMatch(/SPY/);
  });

  it('takes --via auto and direct', async () => {
    expect((await run(['check', '--via', 'auto', ...gateway])).exitCode).toBe(0);
    expect((await run(['check', '--via', 'direct', ...gateway])).exitCode).toBe(0);
    expect((await run(['check', '--via', 'daemon', ...gateway])).exitCode).toBe(3);
  });

  it('logs to stderr when asked, and only then', async () => {
    const { err } = await run(['check', '--log-level', 'debug', ...gateway]);
    expect(err.lines.length).toBeGreaterThan(0);
    for (const line of err.lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) as string });
  });

  it('runs beside itself and tries the next client id at once when one is taken', async () => {
    const blocked = Array.from({ length: 31 }, (_, index) => simulator.control.inject({ type: 'id-in-use', clientId: 100 + index }));
    const { exitCode, out } = await run(['check', '--json', ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.documents[0]).toMatchObject({ connection: { clientId: 131 } });
    for (const end of blocked) end();
    const both = await Promise.all([run(['check', ...gateway]), run(['check', ...gateway])]);
    expect(both.map((one) => one.exitCode)).toEqual([0, 0]);
  });

  it('leases its client id from every process of the state directory, and does without where it cannot be written', async () => {
    const state = temporaryDirectory();
    const leases = path.join(state, 'client-ids', `127.0.0.1-${simulator.port}`);
    const watching = start(['watch', 'SPY', ...gateway], { env: { IBKIT_STATE_DIR: state } });
    await watching.out.until((text) => text.includes('SPY'));
    expect(await readdir(leases)).toEqual([expect.stringMatching(/^1[0-3]\d\.lease$/)]);
    watching.stop();
    expect(await watching.exitCode).toBe(0);
    expect(await readdir(leases)).toEqual([]);
    const noDirectory = path.join(state, 'file');
    await writeFile(noDirectory, '');
    expect((await run(['check', ...gateway], { env: { IBKIT_STATE_DIR: noDirectory } })).exitCode).toBe(0);
  });
});

describe('the kind of account', () => {
  it.each([['check'], ['positions'], ['account']])('%s exits 4 when paper was asked for and the account is live', async (command) => {
    await using live = await createSimulator({ port: 0, accounts: ['U1234567'], forceAccounts: true });
    const { exitCode, out, err } = await run([command, '--json', '--port', live.port]);
    expect(exitCode).toBe(4);
    expect(out.documents).toEqual([{ error: expect.objectContaining({ code: 'IBKR_ACCOUNT_MODE_MISMATCH', exitCode: 4 }) as unknown }]);
    expect(err.text).toMatch(/^ibkit: The gateway serves a live account, but the paper mode was asked for\.\n/);
  });

  it('exits 4 when live was asked for and the account is paper, and 0 when it is live', async () => {
    expect((await run(['check', '--live', ...gateway])).exitCode).toBe(4);
    await using live = await createSimulator({ port: 0, accounts: ['U1234567'], forceAccounts: true });
    expect((await run(['check', '--live', '--port', live.port])).exitCode).toBe(0);
  });

  it('exits 4 in both modes for an account whose id says neither', async () => {
    await using odd = await createSimulator({ port: 0, accounts: ['DX1234567'], forceAccounts: true });
    for (const mode of ['--live', '--paper']) {
      const { exitCode, err } = await run(['check', mode, '--port', odd.port]);
      expect(exitCode).toBe(4);
      expect(err.text).toContain('an account whose id says neither paper nor live');
    }
  });

  it.each([['check'], ['positions'], ['account']])('%s exits 4 for an account that the gateway does not list', async (command) => {
    const { exitCode, err } = await run([command, '--account-id', 'DU999', ...gateway]);
    expect(exitCode).toBe(4);
    expect(err.text).toContain('does not list the account DU999; it lists DU1234567.');
  });
});

describe('quote', () => {
  it('prints a row per symbol, with mode and age', async () => {
    const { exitCode, out } = await run(['quote', 'SPY', 'aapl', 'SPY', ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.lines).toHaveLength(3);
    expect(out.lines[0]).toMatch(/^SYMBOL +BID +ASK +LAST +CHANGE +VOLUME +MODE +AGE$/);
    expect(out.lines[1]).toMatch(/^SPY +[\d.]+ +[\d.]+ +[\d.]+ +[+-][\d.]+% +[\d,]+ +live +\d+ ms$/);
  });

  it('gives the others their quotes when one symbol fails, and exits 1', async () => {
    const { exitCode, out, err } = await run(['quote', 'SPY', 'NOSUCH', '--json', ...gateway]);
    expect(exitCode).toBe(1);
    expect(out.documents).toEqual([
      {
        quotes: [expect.objectContaining({ symbol: 'SPY', mode: 'live', stale: false })],
        errors: [expect.objectContaining({ symbol: 'NOSUCH', code: 'IBKR_CONTRACT_NOT_FOUND', exitCode: 1 })],
      },
    ]);
    expect(err.text).toMatch(/^ibkit: .*NOSUCH/);
  });

  it('is an error when every symbol fails', async () => {
    const { exitCode, out } = await run(['quote', 'NOSUCH', '--json', ...gateway]);
    expect(exitCode).toBe(1);
    expect(out.documents).toEqual([{ error: expect.objectContaining({ code: 'IBKR_CONTRACT_NOT_FOUND', exitCode: 1 }) as unknown }]);
  });

  it('starts a simulator of its own with --simulate', async () => {
    const { exitCode, out } = await run(['quote', 'SPY', '--simulate', '--json']);
    expect(exitCode).toBe(0);
    expect(out.documents).toHaveLength(1);
  });
});

describe('an account without live data', () => {
  it('gets delayed quotes when it accepts them, and is told so', async () => {
    await using delayed = await createSimulator({ port: 0, dataPermission: 'delayed' });
    const refused = await run(['quote', 'SPY', '--port', delayed.port]);
    expect(refused.exitCode).toBe(1);
    expect(refused.err.text).toMatch(/^ibkit: /);
    for (const command of [['quote', 'SPY'], ['watch', 'SPY', '--count', '1']]) {
      const { exitCode, out } = await run([...command, '--delayed', '--port', delayed.port]);
      expect(exitCode).toBe(0);
      expect(out.text).toContain('delayed');
    }
    const preview = await run(['order', 'buy', 'SPY', 1, '--port', delayed.port]);
    expect(preview.exitCode).toBe(0);
    expect(preview.out.text).toContain('(delayed)');
  });
});

describe('positions and account', () => {
  it('show what an order left', async () => {
    expect((await run(['order', 'buy', 'AAPL', 10, '--submit', ...gateway])).exitCode).toBe(0);
    const positions = await run(['positions', '--json', ...gateway]);
    expect(positions.out.documents).toEqual([{ positions: [expect.objectContaining({ account: 'DU1234567', symbol: 'AAPL', position: 10 })] }]);
    expect((await run(['positions', ...gateway])).out.lines[1]).toMatch(/^DU1234567 {2}AAPL +STK +10 +[\d.]+ {2}USD$/);
    const account = await run(['account', '--json', ...gateway]);
    expect(account.out.documents).toEqual([{ accounts: [expect.objectContaining({ account: 'DU1234567' })] }]);
  });
});

describe('watch', () => {
  it('prints a line per update and stops at --count', async () => {
    const { exitCode, out, err } = await run(['watch', 'SPY', '--count', 2, ...gateway]);
    expect(exitCode).toBe(0);
    expect(out.lines).toHaveLength(2);
    expect(err.text).toBe('');
  });

  it('ends with 0 after --for, and when it is stopped', async () => {
    expect((await run(['watch', 'SPY', '--for', '300ms', '--json', ...gateway])).exitCode).toBe(0);
    const watching = start(['watch', 'SPY', '--json', ...gateway]);
    await watching.out.until((text) => text.includes('"event":"quote"'));
    watching.stop();
    expect(await watching.exitCode).toBe(0);
  });

  it('logs every message of both directions with log_all_messages, without an account, and none otherwise', async () => {
    const loud = await run(['watch', 'SPY', '--count', 1, ...gateway], { env: { IBKIT_LOG_ALL_MESSAGES: 'yes' } });
    expect(loud.exitCode).toBe(0);
    const messages = loud.err.documents.filter(({ name }) => name === 'messages');
    expect(messages).toContainEqual(expect.objectContaining({ level: 'info', direction: 'received', type: 'managedAccounts', message: { type: 'managedAccounts', accountsList: 'DU***567' } }));
    expect(messages).toContainEqual(expect.objectContaining({ level: 'info', direction: 'sent', type: 'reqMktData' }));
    expect(loud.err.text).not.toMatch(/\bD?[UF]\d{4}/);
    const quiet = await run(['watch', 'SPY', '--count', 1, '--log-level', 'debug', ...gateway]);
    expect(quiet.err.lines.length).toBeGreaterThan(0);
    expect(quiet.err.text).not.toContain('"name":"messages"');
  });

  it('hides the account and the contents of an order in the logged messages', async () => {
    const env = { IBKIT_LOG_ALL_MESSAGES: 'yes', IBKIT_STATE_DIR: temporaryDirectory() };
    const { exitCode, err } = await run(['order', 'buy', 'SPY', 17, '--submit', ...gateway], { env });
    expect(exitCode).toBe(0);
    const placed = err.lines.filter((line) => line.includes('"type":"placeOrder"'));
    expect(placed.length).toBeGreaterThan(0);
    expect(placed.join('')).toContain('"order":"[redacted]"');
    expect(err.text).toContain('"direction":"received","type":"orderStatus"');
    expect(err.text).not.toMatch(/\bD?[UF]\d{4}/);
    expect(err.text).not.toMatch(/"[a-z]*quantity":17/iu);
  });

  it('goes on with the others when one symbol fails, and exits 1 at the end', async () => {
    const watching = start(['watch', 'NOSUCH', 'SPY', '--json', ...gateway]);
    await watching.out.until((text) => text.includes('"event":"error"') && text.includes('"event":"quote"'));
    watching.stop();
    expect(await watching.exitCode).toBe(1);
    expect(watching.out.documents).toContainEqual(expect.objectContaining({ event: 'error', symbol: 'NOSUCH' }));
  });

  it('fails when every symbol does', async () => {
    const { exitCode, out } = await run(['watch', 'NOSUCH', '--json', ...gateway]);
    expect(exitCode).toBe(1);
    expect(out.documents).toEqual([{ error: expect.objectContaining({ exitCode: 1 }) as unknown }]);
  });

  it('draws a table in its place on a terminal, with news above it', async () => {
    const watching = start(['watch', 'SPY', 'AAPL', ...gateway], { terminal: true });
    await watching.out.until((text) => text.includes('SPY') && text.includes('AAPL'));
    simulator.control.notice(1100);
    await watching.err.until((text) => text.includes('-- connection degraded: the link to the broker is down: 1100'));
    watching.stop();
    expect(await watching.exitCode).toBe(0);
    expect(watching.out.text).toContain('\u001b[J');
    expect(watching.out.lines.at(-1)).toMatch(/connected, upstream down/);
  });

  it.each([[[]], [['--trades']]])('says that the gateway was lost and came back, marks the gap, and goes on (%j)', async (flags) => {
    const { port } = simulator;
    const kind = flags.length === 0 ? 'quote' : 'trade';
    const watching = start(['watch', 'SPY', '--json', ...flags, ...gateway]);
    await watching.out.until((text) => text.includes(`"event":"${kind}"`));
    await simulator.close();
    await watching.out.until((text) => text.includes('"what":"lost"'));
    simulator = await createSimulator({ port });
    await watching.out.until((text) => text.includes('"what":"recovered"') && text.slice(text.indexOf('"event":"gap"')).includes(`"event":"${kind}"`) && text.includes('"event":"gap"'));
    watching.stop();
    expect(await watching.exitCode).toBe(0);
    const events = watching.out.documents.map(({ event, what }) => (typeof what === 'string' ? `${String(event)} ${what}` : event));
    const order = [kind, 'connection lost', 'connection recovered', 'gap'].map((event) => events.indexOf(event));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(events.lastIndexOf(kind)).toBeGreaterThan(events.indexOf('gap'));
  });
});

describe('explain', () => {
  it('works without a gateway', async () => {
    expect((await run(['explain', '1100'])).out.text).toMatch(/^1100 {2}.+\n {2}category /);
    expect((await run(['explain', '1100', '--json'])).out.documents).toEqual([expect.objectContaining({ code: 1100, known: true })]);
    expect((await run(['explain', '99999'])).exitCode).toBe(1);
    expect((await run(['explain', 'word'])).exitCode).toBe(2);
  });
});
