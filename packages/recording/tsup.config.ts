import { FILE_URL_IN_BOTH, library } from '@ibkit/presets/tsup';

// The code looks for its worker beside itself.
export default library(['src/index.ts', 'src/worker.ts'], FILE_URL_IN_BOTH);
