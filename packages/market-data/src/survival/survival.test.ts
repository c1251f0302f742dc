import { seededRandom, systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it, vi } from 'vitest';
import { FAULT_TABLE } from './fault-table.js';
import type { FaultTrial } from './fault-table.js';
import { StreamWorld } from './testing/stream-world.js';

/** Another market, and another way of each fault, at every run. A failure names it: put it here to see it again. */
const SEED = systemClock().now() % 1_000_000;

const random = seededRandom(SEED);
const TRIALS = Object.entries(FAULT_TABLE).flatMap(([type, trials]) => {
  const trial: FaultTrial | undefined = trials[Math.floor(random.next() * trials.length)];
  return trial === undefined ? [] : [{ type, trial, seed: 1 + SEED }];
});

/** What the simulator says that it can do. */
async function faultTypes(): Promise<readonly string[]> {
  await using simulator = await createSimulator();
  const inject: unknown = Reflect.get(simulator.control, 'inject');
  if (typeof inject !== 'function') return [];
  try {
    Reflect.apply(inject, simulator.control, [{ type: 'nothing' }]);
    return [];
  } catch (error) {
    return (/must be one of ([^.]+?)(?:,? got|$)/u.exec(error instanceof Error ? error.message : '')?.[1] ?? '').split(', ').map((name) => name.trim());
  }
}

it('every fault of the simulator is in the table', async () => {
  expect([...(await faultTypes())].sort()).toEqual(Object.keys(FAULT_TABLE).sort());
});

// They wait most of the time.
vi.setConfig({ maxConcurrency: 5 });

describe.concurrent('quotes, ticks, books, bars and history survive, and nothing is missing without a word', () => {
  it.each(TRIALS)('$type (seed $seed)', async ({ trial, seed }) => {
    await using world = await StreamWorld.start(seed);
    await world.suffer(trial);
    const { trades, quotes, faults } = await world.verdict();
    expect(faults, JSON.stringify(trial)).toEqual([]);
    expect(Math.min(trades.delivered, quotes.delivered)).toBeGreaterThan(0);
    const gaps = [trades.gaps, quotes.gaps];
    expect(trial.ticks === 'gap' ? Math.min(...gaps) > 0 : trial.ticks === 'either' || Math.max(...gaps) === 0, `${gaps.join(' and ')} gaps: ${JSON.stringify(trial)}`).toBe(true);
  }, 60_000);
});
