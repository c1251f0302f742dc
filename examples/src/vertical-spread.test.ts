import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { expectAsInReadme, printedBy } from './testing/printed.js';
import { run } from './vertical-spread.js';

it('explains a spread, places it as one order, and follows it to its fill', async () => {
  await using simulator = await createSimulator();
  const lines = await printedBy(() => run(simulator));
  await expectAsInReadme('vertical-spread', lines);
  expect(lines.at(-1)).toMatch(/^filled: 1 of 1, average price [\d.]+$/u);
  expect(simulator.control.journal({ kind: 'in', type: 'placeOrder' })).toHaveLength(1);
  expect(simulator.control.state().positions.map(({ position }) => position).sort()).toEqual([-1, 1]);
});
