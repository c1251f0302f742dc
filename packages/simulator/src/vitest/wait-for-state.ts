import type { Simulator, SimulatorState } from '@ibkit/simulator';
import type { WaitOptions } from './wait-options.js';
import { watchUntil } from './watch-until.js';

/**
 * Waits until the simulator holds what the test expects, such as `({ openOrders }) => openOrders.length === 1`; gives that state. It looks now, and after whatever the journal tells of.
 *
 * @throws TimeoutError `IBKR_SIMULATOR_WAIT_TIMEOUT` when that does not come in time; it lists what was seen last. @throws The signal's reason when it aborts, and whatever `fits` throws.
 */
export function waitForState(simulator: Simulator, fits: (state: SimulatorState) => boolean, options: WaitOptions = {}): Promise<SimulatorState> {
  const find = (): SimulatorState | undefined => {
    const state = simulator.control.state();
    return fits(state) ? state : undefined;
  };
  return watchUntil(simulator, find, 'the state that the test waits for', options);
}
