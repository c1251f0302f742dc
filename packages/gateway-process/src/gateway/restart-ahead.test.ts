import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import { externalDriver } from '../drivers/external-driver.js';
import { Scratch } from '../testing/scratch.js';
import { GatewayProcess } from './gateway-process.js';

it('a restart that is near is told once, so long before it', async () => {
  await using scratch = await Scratch.make();
  // 23:50 in New York.
  const clock = createTestClock({ nowMs: Date.UTC(2026, 10, 19, 4, 50) });
  const told: unknown[] = [];
  await using gateway = new GatewayProcess({
    driver: externalDriver(),
    stateDir: scratch.stateDir,
    port: scratch.port,
    clock,
    gatewayNow: () => clock.now(),
    probe: () => Promise.resolve({ finding: 'ready', serverVersion: 193 }),
    schedule: { dailyRestart: '23:55', leadMs: 60_000 },
  });
  gateway.events.on('gateway.restartAhead', ({ kind, fromMs, leadMs }) => told.push([kind, fromMs - clock.now() <= leadMs, leadMs]));
  await gateway.open();
  await clock.advance(3 * 60_000);
  expect(told).toEqual([]);
  await clock.advance(5 * 60_000);
  expect(told).toHaveLength(1);
});
