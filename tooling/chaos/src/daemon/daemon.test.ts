import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { systemClock } from '@ibkit/clock';
import { expect, it } from 'vitest';
import { bundledProgram } from './testing/bundle-daemon.js';
import { planDaemonRound } from './run/daemon-plan.js';
import { DaemonRun } from './run/daemon-run.js';

/** Another one on every run. */
const SEED = Math.floor(systemClock().now() % 1_000_000);
const ROUNDS = 10;
/** The daemon's clock: what it waits half a minute for is over in one second and a half. */
const SPEED = 20;

it('makes the same plan for the same seed and round', () => {
  expect(planDaemonRound(5, 3)).toEqual(planDaemonRound(5, 3));
  expect(planDaemonRound(5, 3).steps).not.toEqual(planDaemonRound(6, 3).steps);
  for (let round = 0; round < 50; round += 1) expect(planDaemonRound(1, round).steps[planDaemonRound(1, round).armAt]).toMatchObject({ do: 'place' });
});

it.skipIf(process.platform === 'win32')(`loses, doubles and forgets nothing in ${ROUNDS} kills of the daemon, and its clients miss nothing (seed ${SEED})`, { timeout: 300_000 }, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ibkit-daemon-'));
  try {
    const { findings, script, kills, orders, fills, resumed, told } = await DaemonRun.play({ program: await bundledProgram(directory, SPEED), seed: SEED, rounds: ROUNDS });
    expect(findings.length === 0 ? '' : `${findings.map(({ kind, key, text }) => `${kind} ${key}: ${text}`).join('\n')}\n${script.join('\n')}`).toBe('');
    // It was no picnic.
    expect([...kills.values()].reduce((sum, count) => sum + count, 0)).toBe(ROUNDS);
    expect(orders).toBeGreaterThan(ROUNDS);
    expect(fills).toBeGreaterThan(0);
    expect(resumed).toBeGreaterThanOrEqual(ROUNDS);
    expect(told).toBeGreaterThan(orders);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
