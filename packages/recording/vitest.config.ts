import { tests } from '@ibkit/presets/vitest';

// Threads and programs of the tests run from the sources, too.
export default tests({ execArgv: ['--conditions=@ibkit/source'] });
