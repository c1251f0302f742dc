import { lint } from '@ibkit/presets/eslint';

export default lint({ rootDir: import.meta.dirname, ambient: ['src/system-clock.ts', 'src/random.ts'] });
