import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { run } from './live-data.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

it('prints prices, quotes and trades of the market, and gives its lines back', async () => {
  await using simulator = await createSimulator({ journalTicks: true });
  simulator.control.setPrice('MSFT', 400);
  const lines = await printedBy(() => run(simulator));
  await expectAsInReadme('live-data', lines);
  const price = Number(lines.find((line) => line.startsWith('MSFT'))?.slice(5));
  expect(Math.abs(price / 400 - 1)).toBeLessThan(0.01);
  expect(lines.filter((line) => line.includes('traded'))).toHaveLength(3);
  expect(simulator.control.journal({ kind: 'in', type: 'reqTickByTickData' })).toHaveLength(1);
  expect(simulator.control.state().connections).toBe(0);
});
