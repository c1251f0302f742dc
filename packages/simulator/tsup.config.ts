import { library } from '@ibkit/presets/tsup';

// The helpers for Vitest import the simulator as everybody does: one simulator, however it is reached.
export default library({ index: 'src/index.ts', vitest: 'src/vitest/index.ts' }, { external: ['@ibkit/simulator'] });
