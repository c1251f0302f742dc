import { lint } from '@ibkit/presets/eslint';

// The README snippets live in such a folder while their test runs.
export default [{ ignores: ['snippets-*/**'] }, ...lint({ rootDir: import.meta.dirname, role: 'tooling' }), { files: ['src/tested-bot/*.test.ts'], rules: { 'vitest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['it'] }] } }];
