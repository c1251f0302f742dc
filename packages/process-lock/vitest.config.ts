import { tests } from '@ibkit/presets/vitest';

// A full disk is a module of Node in another shape: it must not be that for the other files.
export default tests({ isolate: true });
