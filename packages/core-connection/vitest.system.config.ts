import { tests } from '@ibkit/presets/vitest';

/** Tests that start, freeze and kill processes. They wait for conditions on the machine's clock, so some of them take seconds. */
export default tests({ include: ['src/system/**/*.system.test.ts'], testTimeout: 90_000 });
