import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { expectAsInReadme, printedBy } from '../testing/printed.js';
import { run } from './event-loop.js';

it('gets quotes out of the thread of its session, reports on schedule, and stops in order', async () => {
  await using simulator = await createSimulator();
  const lines = await printedBy(() => run({ host: simulator.host, port: simulator.port, everyMs: 50 }));
  await expectAsInReadme('event-loop', lines);
  expect(lines.filter((line) => /^AAPL [\d.]+ x [\d.]+, MSFT/u.test(line) || /^MSFT [\d.]+ x [\d.]+, AAPL/u.test(line))).toHaveLength(3);
  expect(lines.at(-1)).toBe('stopped in order');
  expect(simulator.control.state().connections).toBe(0);
});
