import { library } from '@ibkit/presets/tsup';

const actors = ['simulator-process', 'feed-process', 'trader-process', 'crowd-process'];

export default library(
  {
    main: 'src/main.ts',
    blaster: 'src/blaster.ts',
    subject: 'src/subject.ts',
    ...Object.fromEntries(actors.map((actor) => [`simulator/${actor}`, `src/simulator/${actor}.ts`])),
  },
  { format: ['esm'], dts: false },
);
