import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quoteSchema, statusSchema } from '@ibkit/api-contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestDaemon } from '../testing/test-daemon.js';
import type { TestDaemon } from '../testing/test-daemon.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const TRADES = ['time,symbol,price,size', '2026-03-02T14:30:01Z,SPY,512.25,100', '2026-03-02T14:30:02Z,SPY,512.5,200', '2026-03-02T20:59:59Z,SPY,513,1'].join('\n');

describe('a daemon on its simulator', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let daemon: TestDaemon | undefined;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    await daemon?.[Symbol.asyncDispose]();
    daemon = undefined;
    await directory[Symbol.asyncDispose]();
  });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(path.join(directory.path, name), text);
    return path.join(directory.path, name);
  };

  it('plays a day again, from the open on, as fast as it is told', async () => {
    daemon = await startTestDaemon('--simulate', '--replay', await file('SPY.csv', TRADES), '--speed', '20');
    const running = daemon;
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    await vi.waitFor(async () => {
      expect([512.25, 512.5]).toContain((await running.read('/v1/quotes/SPY', quoteSchema)).last);
    }, { timeout: 15_000, interval: 20 });
    expect(new Date((await running.read('/v1/status', statusSchema)).connection.serverTimeMs ?? 0).toISOString()).toMatch(/^2026-03-02T/u);
  }, 30_000);

  it('does what a scenario says, accounts and faults', async () => {
    const scenario = { name: 'two clients of an advisor', options: { accounts: ['DF1000001', 'DU2000002', 'DU3000003'], seed: 7, speed: 2 }, steps: [{ after: 1, fault: { type: 'notice', code: 2105 } }] };
    daemon = await startTestDaemon('--simulate', '--scenario', await file('scenario.json', JSON.stringify(scenario)), '--speed', '3');
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    expect((await daemon.read('/v1/status', statusSchema)).connection.accounts).toEqual(scenario.options.accounts);
    expect(daemon.parts.simulator?.control.state()).toMatchObject({ clock: { speed: 3 } });
  });

  it('names the flag whose file is wrong, and what needs the simulator', async () => {
    await expect(startTestDaemon('--simulate', '--replay', path.join(directory.path, 'none.csv'))).rejects.toThrow(/--replay.*none\.csv/u);
    await expect(startTestDaemon('--simulate', '--scenario', await file('bad.json', '{"steps":1}'))).rejects.toThrow(/--scenario.*bad\.json/u);
    await expect(startTestDaemon('--simulate', '--scenario', await file('still.json', '{"name":"still","options":{"lockStep":true},"steps":[{"comment":"nothing","after":600000,"endFaults":"all"}]}'))).rejects.toThrow(/--scenario.*must let the clock run/u);
    for (const flag of ['--replay', '--scenario']) await expect(startTestDaemon(flag, 'x')).rejects.toThrow(`${flag} needs --simulate`);
  });
});
