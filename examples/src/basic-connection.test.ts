import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { run } from './basic-connection.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

it('connects, asks for the time, and leaves', async () => {
  await using simulator = await createSimulator();
  const lines = await printedBy(() => run(simulator));
  await expectAsInReadme('basic-connection', lines);
  expect(simulator.control.journal({ kind: 'in', type: 'reqCurrentTime' })).toHaveLength(2); // one is the connection's own
  expect(simulator.control.journal({ kind: 'client', type: 'closed' })).toHaveLength(1);
});
