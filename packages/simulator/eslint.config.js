import { lint } from '@ibkit/presets/eslint';

export default [
  ...lint({ rootDir: import.meta.dirname }),
  // `it` is Vitest's own with a simulator in its context there.
  { files: ['src/vitest/*.test.ts'], rules: { 'vitest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['it'] }] } },
];
