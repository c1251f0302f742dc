import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { expectAsInReadme, printedBy } from '../testing/printed.js';
import { run } from './event-loop.js';

it('gets quotes out of the thread of its session, reports on schedule, and stops in order', async () => {
  await using simulator = await createSimulator();
  const lines = await printedBy(() => run({ host: simulator.host, port: simulator.port, everyMs: 100 }));
  await expectAsInReadme('event-loop', lines);
  const reports = lines.slice(1, -1);
  expect(reports).toHaveLength(3);
  expect(reports.at(-1)).toMatch(/^AAPL [\d.]+ x [\d.]+, MSFT [\d.]+ x [\d.]+$/u);
  expect(lines.at(-1)).toBe('stopped in order');
  expect(simulator.control.state().connections).toBe(0);
});
