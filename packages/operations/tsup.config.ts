import { library } from '@ibkit/presets/tsup';

export default library(['src/index.ts', 'src/status.ts']);
