import { systemClock } from '@ibkit/clock';
import { expect, it } from 'vitest';
import { FAULT_KINDS } from './fault-plan.js';
import { runFaults } from './fault-run.js';

it('restores a hundred streams after each of two full decks of random faults, once each, and leaves nothing behind', async () => {
  const seed = systemClock().now() % 1_000_000_000;
  const rounds = 2 * FAULT_KINDS;
  expect(rounds).toBeGreaterThanOrEqual(50);
  const report = await runFaults({ rounds, seed });
  expect([...report.kinds.values()]).toEqual(Array.from({ length: FAULT_KINDS }, () => 2));
  // More than half of the kinds end the session.
  expect(report.reconnects).toBeGreaterThan(rounds / 3);
}, 120_000);
