import { tests } from '@ibkit/presets/vitest';

// Threads of the tests run from the sources, too.
export default tests({ execArgv: ['--conditions=@ibkit/source'] });
