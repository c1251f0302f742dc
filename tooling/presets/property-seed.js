import process from 'node:process';
import fc from 'fast-check';

// On a developer's machine every run of a property test explores new cases, and a failure prints its seed. In CI the verdict must
// depend on the change alone: the same cases every time.
if (process.env.CI !== undefined && process.env.CI !== '') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_120 });
