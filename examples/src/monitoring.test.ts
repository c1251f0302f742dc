import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { run } from './monitoring.js';
import { expectAsInReadme, printedBy } from './testing/printed.js';

it('notices a gateway that says nothing any more, rings, and shows it in the metrics', async () => {
  await using simulator = await createSimulator();
  let stop: (() => void) | undefined = undefined;
  const lines = await printedBy(
    () => run({ host: simulator.host, port: simulator.port, heartbeat: { intervalMs: 200, timeoutMs: 3_000, mode: 'thread' }, alarmAfterMs: 1 }),
    (line) => {
      if (/^SPY \d/u.test(line)) stop ??= simulator.control.inject({ type: 'half-open' });
      if (line.startsWith('alarm raised')) stop?.();
    },
  );
  expect(lines).toContain('lost: silent (IBKR_SESSION_SILENT)');
  expect(lines).toContain('recovered: session');
  expect(lines.filter((line) => line.startsWith('alarm raised'))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('alarm resolved'))).toHaveLength(1);
  expect(lines).toContainEqual(expect.stringMatching(/^SPY is stale: /u));
  expect(lines).toContainEqual(expect.stringMatching(/^connected: 1 sessions lost, 1 made again/u));
  expect(lines).toContain('ibkit_connection_sessions_lost_total{connection="example",client_id="13"} 1');
  await expectAsInReadme('monitoring', lines);
});
