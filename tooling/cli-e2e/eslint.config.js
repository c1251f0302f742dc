import { lint } from '@ibkit/presets/eslint';

export default lint({ rootDir: import.meta.dirname, role: 'tooling' });
