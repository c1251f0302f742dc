import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { EscalationLadder } from './escalation-ladder.js';
import { gatewayLadder } from './gateway-ladder.js';
import type { GatewayLadderOptions } from './gateway-ladder.js';

/** A gateway that is well again after the step of this name. */
function make(curedBy: string | undefined, options: Partial<GatewayLadderOptions> = {}) {
  const clock = createTestClock();
  const done: string[] = [];
  const does = (name: string) => () => {
    done.push(name);
    return name === 'RECONNECTACCOUNT' && curedBy === 'never' ? Promise.reject(new Error('not now')) : Promise.resolve();
  };
  const ladder = gatewayLadder({
    gateway: { command: (command) => does(command)(), restart: ({ how }) => does(how)() },
    clock,
    isCured: () => curedBy !== undefined && done.includes(curedBy),
    resubscribe: does('resubscribe'),
    reconnectApi: does('reconnectApi'),
    ...options,
  });
  return { clock, done, ladder };
}

const ALL = ['resubscribe', 'RECONNECTDATA', 'RECONNECTACCOUNT', 'reconnectApi', 'soft', 'cold'];

describe('gatewayLadder', () => {
  it.each(ALL.map((curedBy, index) => [curedBy, index] as const))('climbs until %s helps, and no further', async (curedBy, index) => {
    const { clock, done, ladder } = make(curedBy);
    const climbing = ladder.climb('streams are silent');
    expect(ladder.climb('again')).toBe(climbing);
    await clock.advance(600_000);
    const report = await climbing;
    expect(done).toEqual(ALL.slice(0, index + 1));
    expect(report).toMatchObject({ cured: true, reason: 'streams are silent' });
    expect(report.steps.at(-1)?.outcome).toBe('cured');
    expect(clock.pending).toBe(0);
  });

  it('does nothing when all is well', async () => {
    const { done, ladder } = make('', { isCured: () => true });
    expect(await ladder.climb('a doubt')).toEqual({ reason: 'a doubt', cured: true, steps: [] });
    expect(done).toEqual([]);
  });

  it('goes on after a step that fails, and keeps to the budgets of the hour', async () => {
    const { clock, done, ladder } = make('never');
    const climb = async () => {
      const climbing = ladder.climb('it is sick');
      await clock.advance(600_000);
      return (await climbing).steps.map(({ outcome }) => outcome);
    };
    expect(await climb()).toEqual(['noEffect', 'noEffect', 'failed', 'noEffect', 'noEffect', 'noEffect']);
    expect(await climb()).toEqual(['noEffect', 'noEffect', 'failed', 'noEffect', 'noEffect', 'skipped']);
    expect(await climb()).toEqual(['noEffect', 'noEffect', 'failed', 'noEffect', 'skipped', 'skipped']);
    expect(await climb()).toEqual(['noEffect', 'noEffect', 'skipped', 'noEffect', 'skipped', 'skipped']);
    expect(done.filter((name) => name === 'soft')).toHaveLength(2);
    await clock.advance(3_600_000);
    expect((await climb())[5]).toBe('noEffect');
  });

  it('restarts nothing while the outcome of an order is unknown', async () => {
    let verdict: true | string = 'an order is unknown';
    const { clock, done, ladder } = make('cold', { mayRestart: () => verdict });
    const climbing = ladder.climb('it is sick');
    await clock.advance(600_000);
    expect((await climbing).steps.slice(-2)).toMatchObject([{ outcome: 'skipped', why: 'an order is unknown' }, { outcome: 'skipped' }]);
    expect(done).not.toContain('soft');
    verdict = true;
    const again = ladder.climb('it is sick');
    await clock.advance(600_000);
    expect((await again).cured).toBe(true);
  });

  it('stops when it is told to', async () => {
    const { clock, ladder } = make(undefined);
    const stop = new AbortController();
    const climbing = ladder.climb('it is sick', { signal: stop.signal });
    await clock.advance(10_000);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(climbing).rejects.toBe(reason);
    expect(ladder.climbing).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

it('refuses steps that are none', () => {
  const step = { name: 'a', run: () => Promise.resolve(), settleMs: 1, perHour: 1 };
  const make2 = (...steps: readonly (typeof step)[]) => new EscalationLadder({ steps, isCured: () => true, clock: createTestClock() });
  expect(() => make2(step, step)).toThrow('steps[1].name must be there, and once');
  expect(() => make2({ ...step, settleMs: Number.NaN })).toThrow('settleMs');
  expect(() => make2({ ...step, perHour: 0.5 })).toThrow('perHour');
});
