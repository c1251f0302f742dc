import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { test } from 'vitest';
import type { TestAPI } from 'vitest';

/** What tests made with {@link simulatorTest} get. */
export interface SimulatorFixtures {
  /** Options of this test's simulator; a suite may have others with `test.override` (`test.scoped` before Vitest 4.1). */
  readonly simulatorOptions: SimulatorOptions;
  /** A simulator of the test's own on a free port: nothing that another test did shows. Closed when the test is over. */
  readonly simulator: Simulator;
}

/**
 * Vitest's `test` with a simulator in its context. A test that does not ask for `simulator` starts none. Tests may run side by side.
 *
 * ```ts
 * const test = simulatorTest({ seed: 7 });
 * test('finds its port', ({ simulator }) => { ... });
 * ```
 * @param options of every simulator that it starts; the port is a free one unless it is named
 */
export function simulatorTest(options: SimulatorOptions = {}): TestAPI<SimulatorFixtures> {
  return test.extend<SimulatorFixtures>({
    simulatorOptions: options,
    simulator: async ({ simulatorOptions }, use) => {
      const simulator = await createSimulator(simulatorOptions);
      try {
        await use(simulator);
      } finally {
        await simulator.close();
      }
    },
  });
}
