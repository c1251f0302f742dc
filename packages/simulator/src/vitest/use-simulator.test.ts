import { useSimulator } from '@ibkit/simulator/vitest';
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../create-simulator.js';

describe('useSimulator', () => {
  describe('for each test', () => {
    let made = 0;
    const simulator = useSimulator(() => ({ seed: (made += 1) }));
    const ports: number[] = [];

    it.each([1, 2])('starts a simulator for test %i', (count) => {
      expect(made).toBe(count);
      expect(simulator().control.state().listening).toBe(true);
      ports.push(simulator().port);
    });
  });

  describe('for the suite', () => {
    const simulator = useSimulator({}, 'suite');
    const seen = new Set<Simulator>();

    it.each([1, 2])('shows test %i the same', () => {
      seen.add(simulator());
      expect(seen.size).toBe(1);
    });
  });

  const outside = useSimulator({}, 'suite');
  it('says where it may be asked', () => {
    expect(outside().port).toBeGreaterThan(0);
  });
  const early = ((): unknown => {
    try {
      return outside();
    } catch (error) {
      return error;
    }
  })();
  it('refuses to be asked before', () => {
    expect(String(early)).toContain('must be asked inside a test');
  });
});
