export { simulatorTest } from './simulator-test.js';
export type { SimulatorFixtures } from './simulator-test.js';
export { useSimulator } from './use-simulator.js';
export type { SimulatorScope } from './use-simulator.js';
export { waitForJournal } from './wait-for-journal.js';
export type { JournalWish } from './wait-for-journal.js';
export { waitForState } from './wait-for-state.js';
export type { WaitOptions } from './wait-options.js';
