import { library } from '@ibkit/presets/tsup';

// The helpers for Vitest import the simulator by its name, as everybody does: there is one simulator, however it is reached.
// Its declarations are not built yet when theirs are, so they are read from the source.
export default library(
  { index: 'src/index.ts', vitest: 'src/vitest/index.ts' },
  { external: ['@ibkit/simulator'], dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: null, noCheck: true, paths: { '@ibkit/simulator': ['./src/index.ts'] } } } },
);
