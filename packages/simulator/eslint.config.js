import { lint } from '@ibkit/presets/eslint';

export default [
  ...lint({ rootDir: import.meta.dirname }),
  // `it` is Vitest's own with a simulator in its context there.
  { files: ['src/vitest/*.test.ts'], rules: { 'vitest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['it'] }] } },
  // Its checks are a table, and the library's deprecated methods are among them.
  { files: ['src/stoqey-next.test.ts'], rules: { 'vitest/no-standalone-expect': 'off', '@typescript-eslint/no-deprecated': 'off' } },
];
