import { lint } from '@ibkit/presets/eslint';

export default [{ ignores: ['.stage/**'] }, ...lint({ rootDir: import.meta.dirname, role: 'tooling' })];
