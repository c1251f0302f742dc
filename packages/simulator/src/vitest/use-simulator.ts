import { UsageError } from '@ibkit/error-codes';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

/** How long a simulator of {@link useSimulator} lives: for one test, or for all tests of its suite (`describe`, or the file). */
export type SimulatorScope = 'test' | 'suite';

/**
 * Starts a simulator before each test of the suite that calls it, or once for all of them, and closes it after. For tests that cannot have fixtures ({@link simulatorTest}).
 *
 * @param options of the simulator, or what gives them for each one
 * @returns gives the simulator of the moment; outside of a test it throws `UsageError`
 */
export function useSimulator(options: SimulatorOptions | (() => SimulatorOptions) = {}, scope: SimulatorScope = 'test'): () => Simulator {
  let running: Simulator | undefined;
  const start = async (): Promise<void> => {
    running = await createSimulator(typeof options === 'function' ? options() : options);
  };
  const stop = async (): Promise<void> => {
    const last = running;
    running = undefined;
    await last?.close();
  };
  if (scope === 'suite') {
    beforeAll(start);
    afterAll(stop);
  } else {
    beforeEach(start);
    afterEach(stop);
  }
  return () => {
    if (running === undefined) throw new UsageError({ field: 'useSimulator()', rule: 'must be asked inside a test or a hook of its suite: the simulator is not running here' });
    return running;
  };
}
