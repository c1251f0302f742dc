import { tests } from '@ibkit/presets/vitest';

// Not `test` of the workspace: `npm run test:dashboard` runs it.
export default tests({ include: ['src/**/*.e2e.ts'], testTimeout: 60_000, hookTimeout: 60_000 });
