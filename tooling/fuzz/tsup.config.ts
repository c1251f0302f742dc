import { library } from '@ibkit/presets/tsup';

export default library(['src/main.ts', 'src/run-process.ts'], { format: ['esm'], dts: false });
