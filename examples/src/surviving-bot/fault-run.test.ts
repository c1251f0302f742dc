import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { expectAsInReadme, printedBy } from '../testing/printed.js';
import { run } from './fault-run.js';

it('the bot buys exactly what it believes, whatever is lost on the way', async () => {
  await using simulator = await createSimulator();
  let outcome: unknown = undefined;
  const lines = await printedBy(async () => {
    outcome = await run(simulator);
  });
  expect(outcome).toEqual({ believed: 4, bought: 4 });
  expect(lines).toContain('the bot believes: 4 bought, 0 orders without a verdict');
  expect(lines).toContain('the simulator says: 4 bought in 4 executions, 5 orders received, 0 open');
  // Each fault did what it was there for.
  for (const key of ['buy-1', 'buy-2', 'buy-3']) expect(lines).toContain(`  ${key}: nobody knows; waiting for the broker's word`);
  expect(lines.filter((line) => line.startsWith('  the session is lost'))).toHaveLength(2);
  const { control } = simulator;
  expect(control.journal({ kind: 'fault', type: 'lostOrder' })).toHaveLength(1);
  expect(control.journal({ kind: 'fault', type: 'lostCallback' }).length).toBeGreaterThan(0);
  expect(control.state().positions).toMatchObject([{ position: 4 }]);
  await expectAsInReadme('surviving-bot', lines);
});
