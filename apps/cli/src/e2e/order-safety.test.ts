import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { waitForState } from '@ibkit/simulator/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

let simulator: Simulator;
let gateway: readonly (string | number)[];
let state: string;
let options: RunOptions;

async function begin(accounts: readonly string[], forceAccounts = false): Promise<void> {
  simulator = await createSimulator({ port: 0, accounts, forceAccounts });
  gateway = ['--port', simulator.port];
  state = temporaryDirectory();
  options = { env: { IBKIT_STATE_DIR: state } };
}

afterEach(() => simulator.close());

describe('kill', () => {
  beforeEach(() => begin(['DU1234567']));

  const REST = ['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--no-wait'] as const;

  it('cancels what works, refuses what follows, also in the next command, and is released again', async () => {
    expect((await run([...REST, '--key', 'k', ...gateway], options)).exitCode).toBe(8);
    simulator.control.placeManualOrder({ symbol: 'SPY', action: 'BUY', quantity: 1, lmtPrice: 1 });
    const killed = await run(['kill', '--reason', 'too wild', ...gateway], options);
    expect(killed.out.text).toBe('The kill switch is on: no order is sent any more, until: ibkit kill --release\n  ours      1 cancelled, 0 still open, 0 could not be asked for\n');
    expect(killed.exitCode).toBe(0);
    expect(simulator.control.state().openOrders).toHaveLength(1);
    const refused = await run([...REST, '--json', ...gateway], options);
    expect([refused.exitCode, JSON.stringify(refused.out.documents)]).toEqual([6, expect.stringContaining('the kill switch is on')]);

    expect((await run(['audit', ...gateway], options)).out.text).toMatch(/ order\.refused .*the kill switch is on|KILL_SWITCH/);
    const all = await run(['kill', '--all', '--json', ...gateway], options);
    expect([all.exitCode, all.out.documents]).toEqual([0, [{ asked: [], failed: [], global: true }]]);
    await waitForState(simulator, ({ openOrders }) => openOrders.length === 0, { timeoutMs: 20_000 });
    expect((await run(['kill', '--release', ...gateway], options)).out.text).toBe('The kill switch is off.\n');
    expect((await run([...REST, ...gateway], options)).exitCode).toBe(8);
    expect((await run(['kill', '--release', '--all'], options)).exitCode).toBe(2);
  });

  it('works without a gateway, and says so', async () => {
    await simulator.close();
    const { exitCode, out, err } = await run(['kill', '--timeout', '300ms', ...gateway], options);
    expect(exitCode).toBe(3);
    expect(out.text).toContain('The kill switch is on');
    expect(err.text).toContain('No gateway');
    const trail = await run(['audit', ...gateway], options);
    expect(trail.out.text).toContain('  killSwitch  ');
  });
});

describe('audit', () => {
  beforeEach(() => begin(['DU1234567']));

  it('tells what was decided and what came of it, for people, spreadsheets and programs', async () => {
    await run(['order', 'buy', 'AAPL', 10, '--limit', 250, '--submit', '--key', 'k1', ...gateway], options);
    await run(['order', 'buy', 'AAPL', 11, '--limit', 250, '--submit', '--key', 'k1', ...gateway], options);
    const types = (text: string): readonly unknown[] => text.trim().split('\n').map((line) => (JSON.parse(line) as { type: unknown }).type);
    const people = await run(['audit', '--order', 'k1', ...gateway], options);
    expect(people.out.lines[0]).toMatch(/^\d{4}-\d\d-\d\d [\d:.]+Z {2}order\.staged +k1 {2}BUY 10 AAPL LMT 250 DAY/);
    const { exitCode, out } = await run(['audit', '--order', 'k1', '--format', 'jsonl', ...gateway], options);
    expect([exitCode, people.exitCode, people.out.lines.length]).toEqual([0, 0, out.lines.length]);
    expect(types(out.text).slice(0, 3)).toEqual(['order.staged', 'order.sending', 'order.sent']);
    expect(types(out.text)).toEqual(expect.arrayContaining(['order.execution', 'order.commission', 'order.refused']));
    expect((await run(['audit', '--json', '--order', 'k1', ...gateway], options)).out.text).toBe(out.text);
    expect((await run(['audit', '--format', 'csv', ...gateway], options)).out.lines[0]).toBe('seq,term,time,type,intentId,key,account,clientId,orderId,record,hash');
    const none = await run(['audit', '--to', '2000-01-01', ...gateway], options);
    expect([none.exitCode, none.out.text, none.err.text]).toEqual([0, '', 'The journal has no such records.\n']);
    expect((await run(['audit', '--from', '2000-01-01', '--redact', ...gateway], options)).out.text).not.toMatch(/DU1234567|\bk1\b/);
  });

  it('proves its records, and says which one is broken', async () => {
    await run(['order', 'buy', 'AAPL', 10, '--limit', 250, '--submit', ...gateway], options);
    const fine = await run(['audit', '--verify', '--json', ...gateway], options);
    expect([fine.exitCode, OUTPUT_SCHEMAS['audit-verification'].parse(fine.out.documents[0]).ok]).toEqual([0, true]);
    expect((await run(['audit', '--verify', ...gateway], options)).out.text).toMatch(/^All \d+ records are whole/);
  });

  it.each([
    [['audit', '--from', 'yesterday'], 2],
    [['audit', '--to', '2026-02-30'], 2],
    [['audit', '--format', 'csv', '--json'], 2],
    [['audit', '--format', 'xml'], 2],
    [['audit', '--port', 1], 1],
  ])('%j exits %i', async (argv, exitCode) => {
    const { exitCode: seen, err } = await run(argv, options);
    expect(seen).toBe(exitCode);
    expect(err.text).toMatch(/^ibkit: /);
  });
});

describe('live orders', () => {
  beforeEach(() => begin(['U1234567'], true));

  const LIVE = ['--live', '--account-id', 'U1234567'] as const;
  const BUY = ['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--no-wait', '--yes'] as const;

  it('need an arming, which outlives the command and ends with its time, with disarm, and with kill', async () => {
    const refused = await run([...BUY, ...LIVE, ...gateway], options);
    expect(refused.exitCode).toBe(6);
    expect(refused.err.text).toContain('not armed');
    const armed = await run(['arm', '--for', '15m', '--reason', 'test', '--yes', '--json', ...LIVE, ...gateway], options);
    expect(armed.out.documents).toEqual([expect.objectContaining({ expiresAtMs: expect.any(Number) as number, account: 'U1234567' })]);
    expect((await run([...BUY, ...LIVE, ...gateway], options)).exitCode).toBe(8);
    expect((await run(['disarm', '--live', ...gateway], options)).out.text).toBe('Disarmed.\n');
    expect((await run(['disarm', '--live', ...gateway], options)).out.text).toBe('Nothing was armed.\n');
    expect((await run([...BUY, ...LIVE, ...gateway], options)).exitCode).toBe(6);
    await run(['arm', '--for', '15m', '--yes', ...LIVE, ...gateway], options);
    expect((await run(['kill', '--live', ...gateway], options)).exitCode).toBe(0);
    await run(['kill', '--live', '--release', ...gateway], options);
    expect((await run([...BUY, ...LIVE, ...gateway], options)).exitCode).toBe(6);
    expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(1);
  });

  it('are known by their keys, and by what was armed, when order ids begin anew', async () => {
    await run(['arm', '--for', '15m', '--yes', ...LIVE, ...gateway], options);
    const buy = [...BUY, '--key', 'k1', ...LIVE, ...gateway];
    expect((await run(buy, options)).exitCode).toBe(8);
    simulator.control.inject({ type: 'id-rollback', to: 1 });
    expect((await run(buy, options)).err.text).toContain('Key k1 was used before');
    expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(1);
  });

  it.each([
    [['arm', '--for', '15m', '--yes'], 2, /--live is needed/],
    [['arm', '--for', '15m', '--live', '--yes'], 2, /--account-id is needed/],
    [['arm', '--for', '15m', ...LIVE], 2, /--yes is needed/],
    [['arm', '--for', '9h', '--yes', ...LIVE], 2, /--for must be from 1s to 8h/],
    [['arm', '--for', '15m', '--yes', '--live', '--account-id', 'U9'], 6, /does not list this account/],
    [['disarm'], 2, /--live is needed/],
  ])('%j exits %i', async (argv, exitCode, text) => {
    const { exitCode: seen, err } = await run([...argv, ...gateway], options);
    expect([seen, err.text]).toEqual([exitCode, expect.stringMatching(text)]);
  });

});
