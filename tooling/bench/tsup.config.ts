import { library } from '@ibkit/presets/tsup';

export default library(['src/main.ts', 'src/blaster.ts', 'src/subject.ts'], { format: ['esm'], dts: false });
