import { tests } from '@ibkit/presets/vitest';

// Every test waits for processes; the two routes of one command run beside each other, the commands one after the other.
export default tests({ globalSetup: ['src/testing/shared-world.ts'], setupFiles: ['src/testing/shared-daemon-ready.ts'], maxWorkers: 1, fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 });
