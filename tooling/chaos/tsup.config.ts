import { library } from '@ibkit/presets/tsup';

export default library({ main: 'src/main.ts', 'trader-process': 'src/kill/trader-process.ts' }, { format: ['esm'], dts: false });
