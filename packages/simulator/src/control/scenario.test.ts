import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { createSimulator } from '../create-simulator.js';
import { withSimulator } from '../testing/with-simulator.js';
import { checkScenario, loadScenario } from './scenario.js';

describe('a scenario', () => {
  it('is a timeline, a list of moments, or both', () =>
    withSimulator(
      {
        scenario: {
          name: 'mixed',
          options: { accounts: ['DU7'], speed: 2 },
          steps: [
            { after: 1_000, market: { action: 'set', symbol: 'AAPL', price: 111 }, then: [{ after: 500, clock: { action: 'speed', speed: 10 } }] },
            { after: { client: 'ready' }, repeat: true, fault: { type: 'notice', code: 2110 } },
            { fault: { type: 'mute-accept', after: 60_000 } },
            { after: 2_000, endFaults: 'mute-accept' },
          ],
        },
      },
      async ({ simulator, clock, connect }) => {
        expect(simulator.control.state().scenario).toEqual({ name: 'mixed', done: 1, waiting: 3 });
        const one = await connect({ clientId: 1 });
        const two = await connect({ clientId: 2 });
        await two.error(2110);
        await one.error(2110);
        expect(one.all('managedAccounts')).toMatchObject([{ accountsList: 'DU7' }]);
        expect(simulator.clock.speed).toBe(2);
        await clock.advance(1_000);
        expect(simulator.control.quote('AAPL')?.last).toBeCloseTo(111, 0);
        await clock.advance(500);
        expect(simulator.clock.speed).toBe(10);
        await clock.advance(500);
        expect(simulator.control.state().faults).toEqual([]);
      },
    ));

  it('brings options that those given win over', () =>
    withSimulator({ accounts: ['DU1'], scenario: { name: 'options', options: { accounts: ['DU7'], speed: 3 }, steps: [{}] } }, async ({ simulator, connect }) => {
      expect(simulator.clock.speed).toBe(3);
      expect((await connect()).all('managedAccounts')).toMatchObject([{ accountsList: 'DU1' }]);
    }));

  it('goes by the time of day of the simulator, again every day when it repeats', () =>
    withSimulator({ scenario: { name: 'daily', steps: [{ at: '10:00', repeat: true, fault: { type: 'notice', code: 2110 } }] } }, async ({ clock, connect }) => {
      const client = await connect();
      await clock.advance(30 * 60_000);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 2110)).toHaveLength(1);
      await clock.advance(86_400_000);
      await client.barrier();
      expect(client.all('errMsg').filter(({ code }) => code === 2110)).toHaveLength(2);
    }));

  it('notes a step that fails and goes on', () =>
    withSimulator(
      { scenario: { name: 'fails', steps: [{ market: { action: 'halt', symbol: 'NOPE' } }, { correct: { by: 1 } }, { market: { action: 'halt', symbol: 'AAPL' } }] } },
      ({ simulator }) => {
        expect(simulator.control.journal({ type: 'scenarioStepFailed' })).toHaveLength(2);
        expect(simulator.control.quote('AAPL')).toMatchObject({ halted: true });
        return Promise.resolve();
      },
    ));

  it.each<[unknown, string]>([
    [[], 'a scenario'],
    [{ name: 'x' }, 'steps'],
    [{ name: 'x', steps: [] }, 'steps'],
    [{ name: 'x', steps: [{}], note: 1 }, 'note'],
    [{ name: 'x', steps: [{ fault: { type: 'dorp' } }] }, 'steps[0].fault.type'],
    [{ name: 'x', steps: [{}, { then: [{ fault: { type: 'drop', how: 1 } }] }] }, 'steps[1].then[0].fault.how'],
    [{ name: 'x', steps: [{ market: { action: 'set', symbol: 'AAPL' } }] }, 'steps[0].market.price'],
    [{ name: 'x', steps: [{ clock: { action: 'back' } }] }, 'steps[0].clock.action'],
    [{ name: 'x', steps: [{ endFaults: 'dorp' }] }, 'steps[0].endFaults'],
    [{ name: 'x', steps: [{ at: '24:00' }] }, 'steps[0].at'],
    [{ name: 'x', steps: [{ at: '23:45', after: 1 }] }, 'steps[0].at'],
    [{ name: 'x', steps: [{ at: '23:45', zone: 'Mars/Base' }] }, 'steps[0].zone'],
    [{ name: 'x', steps: [{ after: 5, repeat: true }] }, 'steps[0].repeat'],
    [{ name: 'x', steps: [{}], options: { pacing: 'fast' } }, 'options.pacing'],
  ])('that is wrong is refused: %j', (scenario, field) => {
    let error: unknown;
    try {
      checkScenario(scenario);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'UsageError', details: { field } });
  });

  it('in a file that is missing or broken is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ibkit-scenario-'));
    try {
      const path = join(folder, 'broken.json');
      await writeFile(path, '{"name":');
      await expect(loadScenario(path)).rejects.toMatchObject({ name: 'UsageError', details: { field: 'scenario' } });
      await expect(createSimulator({ clock: createTestClock(), scenario: join(folder, 'none.json') })).rejects.toThrow('must be a file that can be read');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
