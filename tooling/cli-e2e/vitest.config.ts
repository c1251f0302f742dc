import { tests } from '@ibkit/presets/vitest';

// Every test waits for processes. The two routes of one command run beside each other, and two files do, each with gateways of its own.
export default tests({ globalSetup: ['src/testing/shared-world.ts'], maxWorkers: 2, testTimeout: 120_000, hookTimeout: 120_000 });
