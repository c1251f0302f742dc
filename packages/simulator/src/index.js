export { createSimulator } from './create-simulator.js';
export { DEFAULT_SIMULATOR } from './simulator-options.js';
