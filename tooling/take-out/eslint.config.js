import { lint } from '@ibkit/presets/eslint';

export default lint({ rootDir: import.meta.dirname, role: 'tooling', ambient: ['src/main.ts', 'src/run/test-runner.ts'] });
