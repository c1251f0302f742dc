import { tests } from '@ibkit/presets/vitest';

export default tests({
  // Threads of the tests run from the sources, too.
  execArgv: ['--conditions=@ibkit/source'],
  // Conditions are waited for, never times: a thread may take a while to start on a busy machine.
  expect: { poll: { timeout: 15_000, interval: 5 } },
});
