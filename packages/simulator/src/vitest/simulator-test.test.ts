import { simulatorTest } from '@ibkit/simulator/vitest';
import { describe, expect } from 'vitest';
import type { Simulator } from '../create-simulator.js';
import { WireClient } from '../testing/wire-client.js';

const it = simulatorTest({ seed: 7, accounts: ['DU7654321'] });

describe('simulatorTest', () => {
  const seen: Simulator[] = [];

  it('gives a simulator with the options', async ({ simulator }) => {
    seen.push(simulator);
    const client = await WireClient.ready({ port: simulator.port });
    expect(client.all('managedAccounts')).toMatchObject([{ accountsList: 'DU7654321' }]);
    await client.close();
  });

  it('gives each test its own', ({ simulator }) => {
    expect(seen).not.toContain(simulator);
    expect(simulator.control.journal()).toEqual([]);
    expect(seen[0]?.control.state().listening).toBe(false);
    seen.push(simulator);
  });

  describe('with other options', () => {
    it.override({ simulatorOptions: { lockStep: true } });

    it('uses those', ({ simulator }) => {
      expect(simulator.control.state().clock.paused).toBe(true);
      seen.push(simulator);
    });
  });

  it('closes each when its test is over, and starts none that nobody asks for', () => {
    expect(seen.map(({ control }) => control.state().listening)).toEqual([false, false, false]);
  });
});
