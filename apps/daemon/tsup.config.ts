import { cp } from 'node:fs/promises';
import { library } from '@ibkit/presets/tsup';

// The page is built by its own member and lies beside the program in the tarball.
const PAGE = new URL('../dashboard/dist/', import.meta.url);

export default library(['src/index.ts', 'src/main.ts'], {
  splitting: true,
  // The CommonJS build has no import.meta of its own, and the page is found beside the program.
  shims: true,
  onSuccess: () => cp(PAGE, new URL('dist/dashboard/', import.meta.url), { recursive: true }),
});
