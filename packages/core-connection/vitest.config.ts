import { configDefaults } from 'vitest/config';
import { tests } from '@ibkit/presets/vitest';

// What needs real processes and real time has a configuration of its own: vitest.system.config.ts.
export default tests({ exclude: [...configDefaults.exclude, 'src/system/**'] });
