import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sqliteJournal } from '@ibkit/journal';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { waitForState } from '@ibkit/simulator/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

let simulator: Simulator;
let gateway: readonly (string | number)[];
let state: string;
let options: RunOptions;

beforeEach(async () => {
  simulator = await createSimulator({ port: 0 });
  gateway = ['--port', simulator.port];
  state = temporaryDirectory();
  options = { env: { IBKIT_STATE_DIR: state } };
});

afterEach(() => simulator.close());

function orders(): number {
  const { openOrders, completedOrders } = simulator.control.state();
  return openOrders.length + completedOrders.length;
}

describe('a preview', () => {
  it('sends nothing', async () => {
    const { exitCode, out } = await run(['order', 'buy', 'AAPL', 10, '--limit', 250, ...gateway], options);
    expect(exitCode).toBe(0);
    expect(out.lines[0]).toBe('Preview  BUY 10 AAPL limit 250.00, DAY');
    expect(out.text).toContain('account     DU1234567 (paper)');
    expect(out.lines.at(-1)).toBe('Nothing was sent. Add --submit to send it.');
    expect(orders()).toBe(0);
  });

  it('is one document with --json', async () => {
    const { out } = await run(['order', 'sell', 'AAPL', 10, '--json', ...gateway], options);
    expect(out.documents).toEqual([expect.objectContaining({ submitted: false })]);
  });

  it('says why the order would be refused', async () => {
    const { out } = await run(['order', 'buy', 'AAPL', 10, '--account-id', 'DU999', ...gateway], options);
    expect(out.text).toContain('refused     the session does not list this account');
  });
});

describe('--submit', () => {
  it('exits 0 when the order is filled', async () => {
    const { exitCode, out, err } = await run(['order', 'buy', 'AAPL', 10, '--limit', 250, '--submit', '--key', 'k1', ...gateway], options);
    expect(exitCode).toBe(0);
    expect(out.text).toMatch(/^BUY 10 AAPL limit 250\.00, DAY: filled 10 at [\d.]+, order \d+, key k1\n$/);
    // States on the way are shown when there is time to see them.
    expect(err.text).toMatch(/^BUY 10 AAPL limit 250\.00, DAY {2}key k1\n(?: {2}\w.*\n)*$/);
  });

  it('exits 5 when the broker rejects it, and says why', async () => {
    const { exitCode, out } = await run(['order', 'buy', 'AAPL', 100_000_000, '--submit', ...gateway], options);
    expect(exitCode).toBe(5);
    expect(out.text).toMatch(/: rejected, order \d+, key .+\n {2}reason {4}201 Order rejected/);
  });

  it('exits 6 when the gate refuses it, with nothing sent', async () => {
    const { exitCode, out } = await run(['order', 'buy', 'AAPL', 10, '--submit', '--account-id', 'DU999', '--json', ...gateway], options);
    expect(exitCode).toBe(6);
    expect(out.documents).toEqual([{ error: expect.objectContaining({ code: 'IBKR_ORDER_GATE_REFUSED', exitCode: 6 }) as unknown }]);
    await using live = await createSimulator({ port: 0, accounts: ['U1234567'], forceAccounts: true });
    expect((await run(['order', 'buy', 'AAPL', 10, '--submit', '--port', live.port], options)).exitCode).toBe(6);
    expect((await run(['order', 'buy', 'AAPL', 10, '--submit', '--live', '--port', live.port], options)).exitCode).toBe(2);
    expect((await run(['order', 'buy', 'AAPL', 10, '--submit', '--live', '--yes', '--account-id', 'U1234567', '--port', live.port], options)).exitCode).toBe(6);
    expect(orders() + live.control.state().openOrders.length).toBe(0);
  });

  it('exits 8 when the order still works after --timeout', async () => {
    const { exitCode, out, err } = await run(['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--timeout', '3s', ...gateway], options);
    expect(exitCode).toBe(8);
    expect(out.text).toMatch(/: working, order /);
    expect(err.text).toContain('the order lives on');
    expect(simulator.control.state().openOrders).toHaveLength(1);
  });

  it('exits 8 at once with --no-wait, and when the user stops waiting', async () => {
    const noWait = await run(['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--no-wait', '--json', ...gateway], options);
    expect(noWait.exitCode).toBe(8);
    expect(noWait.out.documents).toEqual([expect.objectContaining({ submitted: true, repeated: false })]);
    const waiting = start(['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--timeout', '60s', ...gateway], options);
    await waiting.err.until((text) => text.includes('key'));
    waiting.stop();
    expect(await waiting.exitCode).toBe(8);
  });
});

describe('a session that is lost while the order is out', () => {
  it('is made again to learn the outcome, with nothing sent twice', async () => {
    const running = start(['order', 'buy', 'AAPL', 10, '--limit', 100, '--submit', '--json', '--timeout', '30s', ...gateway], options);
    await waitForState(simulator, ({ openOrders }) => openOrders.length === 1, { timeoutMs: 20_000 });
    simulator.control.dropClients('rst');
    simulator.control.setPrice('AAPL', 99);
    expect(await running.exitCode).toBe(0);
    expect(running.out.documents).toEqual([expect.objectContaining({ submitted: true, orders: [expect.objectContaining({ status: 'filled', filledQuantity: 10 })] as unknown })]);
    expect(orders()).toBe(1);
  });

  it('leaves an honest answer when the gateway does not come back', async () => {
    const running = start(['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--json', '--timeout', '4s', ...gateway], options);
    await waitForState(simulator, ({ openOrders }) => openOrders.length === 1, { timeoutMs: 20_000 });
    await simulator.close();
    expect(await running.exitCode).toBe(8);
    expect(running.out.documents).toHaveLength(1);
  });
});

describe('the client id of the order role', () => {
  it('is waited for while another command has it, within --timeout', async () => {
    const free = simulator.control.inject({ type: 'id-in-use', clientId: 1 });
    const argv = ['order', 'buy', 'AAPL', 10, '--submit', ...gateway];
    const late = await run([...argv, '--timeout', '2s'], options);
    expect(late.exitCode).toBe(3);
    expect(late.err.text).toContain('Client id 1 is already in use');
    free();
    const both = await Promise.all([run(argv, options), run(argv, options)]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(orders()).toBe(2);
  });
});

describe('a key', () => {
  it.each([
    ['filled', 250, 0],
    ['working', 2, 8],
  ])('that is used again sends nothing when the order is %s', async (status, limit, exitCode) => {
    const argv = ['order', 'buy', 'AAPL', 10, '--limit', limit, '--submit', '--key', 'k1', '--timeout', '3s', '--json', ...gateway];
    const first = await run(argv, options);
    const second = await run(argv, options);
    expect([first.exitCode, second.exitCode]).toEqual([exitCode, exitCode]);
    expect(first.out.documents[0]).toMatchObject({ submitted: true, repeated: false, key: 'k1', orders: [{ status }] });
    expect(second.out.documents[0]).toMatchObject({ submitted: true, repeated: true, key: 'k1', orders: [{ status, orderId: (first.out.documents[0]?.['orders'] as [{ orderId: number }])[0].orderId }] });
    expect(orders()).toBe(1);
  });

  it('is found again after --no-wait', async () => {
    const argv = ['order', 'buy', 'AAPL', 10, '--limit', 2, '--submit', '--key', 'k1', '--no-wait', ...gateway];
    await run(argv, options);
    expect((await run(argv, options)).err.text).toContain('Key k1 was used before');
    expect(orders()).toBe(1);
  });

  it('is known under every name of this machine', async () => {
    const argv = ['order', 'buy', 'AAPL', 10, '--submit', '--key', 'k1', ...gateway];
    await run([...argv, '--host', 'localhost'], options);
    expect((await run(argv, options)).err.text).toContain('Key k1 was used before');
    expect(orders()).toBe(1);
  });

  it('is refused for another order', async () => {
    await run(['order', 'buy', 'AAPL', 10, '--submit', '--key', 'k1', ...gateway], options);
    const { exitCode, err } = await run(['order', 'buy', 'AAPL', 11, '--submit', '--key', 'k1', ...gateway], options);
    expect(exitCode).toBe(6);
    expect(err.text).toMatch(/^ibkit: The key was used for another order/m);
    expect(orders()).toBe(1);
  });

  it('is new again at a gateway that never saw an order of ours', async () => {
    const argv = ['order', 'buy', 'AAPL', 10, '--submit', '--key', 'k1', ...gateway];
    await run(argv, options);
    const { port } = simulator;
    await simulator.close();
    simulator = await createSimulator({ port });
    const { exitCode, err } = await run(argv, options);
    expect(exitCode).toBe(0);
    expect(err.text).toContain('was put aside as');
    expect(orders()).toBe(1);
  });

  it('is still known when order ids begin anew under the kill switch, which stays on, or while the outcome of an order is open', async () => {
    const argv = ['order', 'buy', 'AAPL', 10, '--submit', '--key', 'k1', ...gateway];
    await run(argv, options);
    await run(['kill', ...gateway], options);
    simulator.control.inject({ type: 'id-rollback', to: 1 });
    expect((await run(argv, options)).err.text).toContain('Key k1 was used before');
    expect((await run(['order', 'buy', 'MSFT', 1, '--submit', ...gateway], options)).err.text).toContain('the kill switch is on');
    simulator.control.clearFaults();
    await run(['kill', '--release', ...gateway], options);
    simulator.control.inject({ type: 'lose-order', count: 1 });
    const lost = ['order', 'buy', 'MSFT', 1, '--submit', '--no-wait', '--key', 'lost', ...gateway];
    await run(lost, options);
    simulator.control.inject({ type: 'id-rollback', to: 1 });
    const { err } = await run(lost, options);
    expect(err.text).toContain('Key lost was used before');
    expect(err.text).not.toContain('was put aside as');
    expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(2);
  });
});

describe('the journal', () => {
  const argv = (): readonly (string | number)[] => ['order', 'buy', 'AAPL', 10, '--submit', '--key', 'k1', ...gateway];
  const directory = (): string => path.join(state, 'journals', `127.0.0.1-${simulator.port}-1`);
  const oldFile = (): string => path.join(state, `orders-127.0.0.1-${simulator.port}-1.jsonl`);

  /** Leaves the orders behind as an earlier version kept them. */
  async function goBack(): Promise<void> {
    const journal = await sqliteJournal({ directory: directory(), readOnly: true });
    let text = '';
    for await (const entry of journal.read(1)) text += `${JSON.stringify(entry)}\n`;
    await journal.close();
    rmSync(directory(), { recursive: true });
    writeFileSync(oldFile(), text);
  }

  it('is a chain that verifies, for its owner only', async () => {
    await run(argv(), options);
    const journal = await sqliteJournal({ directory: directory(), readOnly: true });
    expect(await journal.verify()).toMatchObject({ ok: true });
    await journal.close();
    expect((statSync(directory()).mode & 0o777).toString(8)).toBe('700');
  });

  it('takes over the file of an earlier version, without a torn last line, and keeps it', async () => {
    await run(argv(), options);
    await goBack();
    appendFileSync(oldFile(), '{"seq":');
    expect((await run(argv(), options)).err.text).toContain('Key k1 was used before');
    expect([existsSync(oldFile()), existsSync(`${oldFile()}.migrated`)]).toEqual([false, true]);
    expect((await run(argv(), options)).err.text).toContain('Key k1 was used before');
    expect(orders()).toBe(1);
  });

  it('refuses a damaged file of an earlier version', async () => {
    await run(argv(), options);
    await goBack();
    writeFileSync(oldFile(), `not a record\n${readFileSync(oldFile(), 'utf8')}`);
    const { exitCode, err } = await run(argv(), options);
    expect(exitCode).toBe(1);
    expect(err.text).toContain('is damaged at line 1');
    expect(orders()).toBe(1);
  });

  it('refuses what is no journal, and says what to do', async () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(path.join(directory(), 'journal.db'), 'not a database\n'.repeat(1_000));
    const { exitCode, err } = await run(argv(), options);
    expect(exitCode).toBe(1);
    expect(err.text).toContain('is damaged or is no journal');
    expect(err.text).toContain('Keep the file');
    expect(orders()).toBe(0);
  });

  it('has one owner: while another process trades with it, nothing is sent', async () => {
    await using journal = await sqliteJournal({ directory: directory() });
    await journal.coordinator.acquire();
    const { exitCode, err } = await run(argv(), options);
    expect(exitCode).toBe(3);
    expect(err.text).toContain('Another process trades with this journal');
    expect(orders()).toBe(0);
  });

  it('must be writable before anything is sent', async () => {
    const file = path.join(state, 'file');
    writeFileSync(file, '');
    const { exitCode, err } = await run(['order', 'buy', 'AAPL', 10, '--submit', ...gateway], { env: { IBKIT_STATE_DIR: file } });
    expect(exitCode).toBe(1);
    expect(err.text).toContain('cannot be opened for writing');
    expect(err.text).toContain('IBKIT_STATE_DIR');
    expect(orders()).toBe(0);
  });
});
