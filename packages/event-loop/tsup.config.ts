import { library } from '@ibkit/presets/tsup';

// The CommonJS build needs import.meta.url, to find the worker beside it.
export default library(['src/index.ts', 'src/worker.ts'], { shims: true });
