import { lint } from '@ibkit/presets/eslint';

export default lint({ rootDir: import.meta.dirname, stoqeyAdapter: ['src/encoder-oracle.test.ts', 'src/decoder-oracle.test.ts'] });
