import { inject } from 'vitest';
import { untilReady } from './world.js';

// Before the tests of every file; the first of them waits.
await untilReady(inject('world').daemon);
