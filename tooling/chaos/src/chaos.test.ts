import { systemClock } from '@ibkit/clock';
import { describe, expect, it } from 'vitest';
import { KILL_STAGES, planKill } from './kill/kill-plan.js';
import { planRound } from './round/round-plan.js';
import { runRounds } from './run-rounds.js';
import type { FailedRound } from './run-rounds.js';

/** Another one on every run; a failure names it, and `npm run chaos -- --seed N --round R` plays its round again. */
const SEED = Math.floor(systemClock().now() % 1_000_000);
const KILL_EVERY = 8;

/** Some seconds of waiting for the client's clock; busy machines get more. */
const TIMEOUT_MS = 180_000;

function told(failed: readonly FailedRound[]): string {
  return failed
    .map(({ round, findings, script }) => `npm run chaos -- --seed ${SEED} --round ${round}\n${findings.map(({ kind, key, text }) => `${kind} ${key}: ${text}`).join('\n')}\n${script.join('\n')}`)
    .join('\n\n');
}

describe('random orders under random faults', () => {
  it(`lose, double and delay nothing, over ${8 * KILL_EVERY} rounds and eight killed processes (seed ${SEED})`, { timeout: TIMEOUT_MS }, async () => {
    const { failed, orders, fills, sessions, kills, troubles } = await runRounds({ seed: SEED, firstRound: 0, rounds: 8 * KILL_EVERY, parallel: 6, killEvery: KILL_EVERY });
    expect(told(failed)).toBe('');
    // It was no picnic.
    expect([...kills].sort()).toEqual([...KILL_STAGES].sort().map((stage) => [stage, 2]));
    expect(orders).toBeGreaterThan(100);
    expect(fills).toBeGreaterThan(50);
    expect(sessions).toBeGreaterThan(100);
    expect(troubles.size).toBeGreaterThan(25);
  });
});

describe('plans', () => {
  it('are the same for the same seed and round, and others for others', () => {
    expect(planRound(5, 3)).toEqual(planRound(5, 3));
    expect(planRound(5, 3).steps).not.toEqual(planRound(6, 3).steps);
    expect(planRound(5, 3).steps).not.toEqual(planRound(5, 4).steps);
    expect(planKill(5, 3, 1)).toEqual(planKill(5, 3, 1));
    expect(JSON.parse(JSON.stringify(planRound(5, 3)))).toEqual(JSON.parse(JSON.stringify(planRound(5, 3))));
  });

  it('bring every kind of trouble, and brackets', () => {
    const steps = Array.from({ length: 40 }, (_, round) => planRound(1, round)).flatMap((plan) => plan.steps);
    expect(steps.filter((step) => step.do === 'place' && step.order.exits !== undefined).length).toBeGreaterThan(10);
    const names = steps.flatMap((step) => (step.do === 'trouble' ? [step.trouble.name] : []));
    for (const name of ['cut before', 'cut inside', 'cut behind', 'cut answered', 'reboot', 'link lost', 'fill-during-outage', 'second-perm-id', 'id-rollback', 'lose-order', 'late-commission']) expect(names).toContain(name);
  });
});
