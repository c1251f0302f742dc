import { library } from '@ibkit/presets/tsup';

export default library(['src/main.ts'], { format: ['esm'], dts: false });
