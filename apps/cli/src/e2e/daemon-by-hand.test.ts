import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { waitForJournal } from '@ibkit/simulator/vitest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OUTPUT_SCHEMAS } from '../output/schemas.js';
import { run, start, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';
import { startByHand } from '../testing/hand-started-daemon.js';
import type { HandStartedDaemon } from '../testing/hand-started-daemon.js';
import { losingRelay } from '../testing/losing-relay.js';

const PATIENCE = { timeout: 40_000, interval: 250 };

let simulator: Simulator;
let stateDirectory: string;
let options: RunOptions;
let daemon: HandStartedDaemon;

/** A daemon on the same state that may place orders. */
async function begin(): Promise<void> {
  daemon = await startByHand({ stateDirectory, gatewayPort: simulator.port });
  await vi.waitFor(async () => {
    const { out, err } = await run(['status', '--via', 'daemon', '--json'], options);
    expect(err.text).toBe('');
    expect(OUTPUT_SCHEMAS.status.parse(out.documents[0]).readiness).toMatchObject({ tradeReady: true, dataReady: true });
  }, PATIENCE);
}

function placed(): number {
  return simulator.control.journal({ kind: 'in', type: 'placeOrder' }).length;
}

// One daemon after the other in processes of their own, from their sources: that takes its seconds.
beforeAll(async () => {
  simulator = await createSimulator({ port: 0, dataPermission: 'delayed' });
  stateDirectory = temporaryDirectory();
  options = { env: { IBKIT_STATE_DIR: stateDirectory } };
  await begin();
}, 120_000);

afterAll(async () => {
  await daemon.kill();
  await simulator.close();
}, 60_000);

describe('a daemon that was started by hand', () => {
  it('is found, whatever its port is', async () => {
    const state: unknown = JSON.parse(await readFile(path.join(stateDirectory, 'daemon.json'), 'utf8'));
    expect(state).toEqual({ url: daemon.url, pid: daemon.pid, startedAtMs: expect.any(Number) as number });
    const status = await run(['daemon', 'status', '--json'], options);
    expect([status.exitCode, status.out.documents[0]]).toEqual([0, expect.objectContaining({ running: true, url: daemon.url, pid: daemon.pid })]);
    expect((await run(['token', 'list'], options)).out.text).toContain('admin');
    expect((await run(['check'], options)).out.text).toContain('through the daemon');
  });

  it('gives delayed quotes to who takes them, and none to others', async () => {
    expect((await run(['watch', 'SPY', '--count', 1, '--via', 'daemon'], options)).exitCode).toBe(1);
    const { exitCode, out } = await run(['watch', 'SPY', '--delayed', '--count', 2, '--via', 'daemon', '--json'], options);
    expect([exitCode, out.documents.filter(({ event }) => event === 'quote').map(({ mode }) => mode)]).toEqual([0, ['delayed', 'delayed']]);
  });
});

describe('a daemon that dies while an order is placed', () => {
  const argv = (key: string): readonly (string | number)[] => ['order', 'buy', 'MSFT', 3, '--submit', '--via', 'daemon', '--json', '--key', key];
  const unknown = (key: string): unknown => ({
    error: expect.objectContaining({ code: 'IBKR_ORDER_OUTCOME_UNKNOWN', retryable: true, exitCode: 8, message: expect.stringContaining('not known whether the order was placed') as string, tips: [expect.stringContaining(`--key ${key}`)] }) as unknown,
  });

  it('before it was sent: nobody claims that it was not, and the same key places it', async () => {
    const fault = simulator.control.inject({ type: 'farm-down', farm: 'secdefnj' });
    const before = simulator.control.lastSeq;
    const { exitCode, out } = start(argv('early'), options);
    await waitForJournal(simulator, { kind: 'in', type: 'reqContractDetails', afterSeq: before }, { timeoutMs: 30_000 });
    await daemon.kill();
    expect([await exitCode, out.documents]).toEqual([8, [unknown('early')]]);
    expect(placed()).toBe(0);

    // What a dead daemon left behind is no daemon, and does not stand in the way of the next.
    expect((await run(['daemon', 'status'], options)).exitCode).toBe(3);
    simulator.control.endFaults({ id: fault.id });
    await begin();
    const again = await run(argv('early'), options);
    expect([again.exitCode, again.out.documents[0]]).toEqual([0, expect.objectContaining({ submitted: true, repeated: false })]);
    expect(placed()).toBe(1);
  }, 120_000);

  it('after it was sent: the same key shows that order, and sends no second', async () => {
    const before = placed();
    await using relay = await losingRelay(daemon.url);
    const { exitCode, out } = start([...argv('late'), '--daemon-url', relay.url], options);
    await vi.waitFor(() => { expect(placed()).toBe(before + 1); }, PATIENCE);
    await daemon.kill();
    relay.cut();
    expect([await exitCode, out.documents]).toEqual([8, [unknown('late')]]);
    await begin();
    const again = await run(argv('late'), options);
    expect([again.exitCode, again.out.documents[0]]).toEqual([0, expect.objectContaining({ repeated: true, orders: [expect.objectContaining({ key: 'late', status: 'filled', filledQuantity: 3 })] })]);
    expect(placed()).toBe(before + 1);
  }, 120_000);

  it('leaves no file when it ends as it should, and half a file is none', async () => {
    const file = path.join(stateDirectory, 'daemon.json');
    await daemon.stop();
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    await writeFile(file, '{"url":"http://127.0.0.1:1","pi');
    expect((await run(['daemon', 'status'], options)).exitCode).toBe(3);
  });
});
