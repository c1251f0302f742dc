import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import type { HeartbeatStallReport } from '../index.js';
import type { WorkerMessage } from './messages.js';
import { OutsideWatch } from './outside-watch.js';
import { SharedState } from './shared-state.js';

const LIMITS = { intervalMs: 5000, timeoutMs: 10_000, stallToleranceMs: 1000 };

/** A worker's watch over a loop that this test plays: it turns, answers probes and stalls as told. */
class Played {
  readonly clock = createTestClock();
  readonly state = new SharedState();
  readonly told: (WorkerMessage & { readonly atMs: number })[] = [];
  readonly reports: HeartbeatStallReport[] = [];
  answers = true;
  #stalled = false;
  #unread: WorkerMessage[] = [];
  readonly #watch = new OutsideWatch(
    { kind: '@ibkit/heartbeat', buffer: this.state.buffer, stallChannel: undefined, ...LIMITS },
    {
      clock: this.clock,
      tell: (message) => {
        this.told.push({ ...message, atMs: this.clock.monotonic() });
        this.#unread.push(message);
      },
      report: (report) => this.reports.push(report),
    },
  );

  constructor() {
    this.#turn();
  }

  async run(ms: number): Promise<void> {
    this.#stalled = false;
    await this.clock.advance(ms);
  }

  async stall(ms: number): Promise<void> {
    this.#stalled = true;
    await this.clock.advance(ms);
  }

  stop(): void {
    this.#watch.stop();
    this.#stalled = true;
  }

  #turn(): void {
    if (!this.#stalled) {
      this.state.turn();
      for (const message of this.#unread.splice(0)) {
        if (message.type !== 'probe') continue;
        this.state.probed();
        if (this.answers) this.state.beat();
      }
    }
    this.clock.setTimer(10, () => {
      this.#turn();
    });
  }
}

const silences = (played: Played): unknown[] => played.told.filter(({ type }) => type === 'silent');

describe('OutsideWatch', () => {
  it('asks a quiet peer and is content with its answers', async () => {
    const played = new Played();
    await played.run(60_000);
    expect(played.told.every(({ type }) => type === 'probe')).toBe(true);
    expect(played.told.length).toBeGreaterThan(8);
    expect(played.state.silentMs).toBeLessThan(LIMITS.intervalMs + 200);
    played.stop();
  });

  it('tells of a peer that does not answer, once, soon after the timeout', async () => {
    const played = new Played();
    played.answers = false;
    await played.run(60_000);
    expect(silences(played)).toHaveLength(1);
    expect(silences(played)).toMatchObject([{ probes: 1, beats: 0 }]);
    const [told] = played.told.filter(({ type }) => type === 'silent');
    expect(told?.atMs).toBeGreaterThanOrEqual(LIMITS.timeoutMs);
    expect(told?.atMs).toBeLessThan(LIMITS.timeoutMs + 200);
  });

  it('reports a stalled loop while it lasts, judges nothing meanwhile, and tells its length afterwards', async () => {
    const played = new Played();
    await played.run(1000);
    await played.stall(30_000);
    expect(played.told).toEqual([]);
    expect(played.reports[0]?.phase).toBe('began');
    expect(played.reports.filter(({ phase }) => phase === 'lasting').length).toBeGreaterThan(25);
    await played.run(LIMITS.timeoutMs);
    expect(played.told.filter(({ type }) => type === 'stall')).toHaveLength(1);
    expect(played.reports.at(-1)?.phase).toBe('ended');
    expect(played.reports.at(-1)?.stalledMs).toBeGreaterThanOrEqual(29_900);
    expect(silences(played)).toEqual([]);
    played.stop();
  });

  it('gives a dead peer its answer window after a stall, and no more', async () => {
    const played = new Played();
    played.answers = false;
    await played.stall(30_000);
    await played.run(LIMITS.timeoutMs - LIMITS.intervalMs - 100);
    expect(silences(played)).toEqual([]);
    await played.run(400);
    expect(silences(played)).toHaveLength(1);
    played.stop();
  });

  it('gives up on a dead peer however often the loop stalls', async () => {
    const played = new Played();
    played.answers = false;
    for (let round = 0; round < 8; round += 1) {
      await played.run(4000);
      await played.stall(3000);
    }
    expect(silences(played)).toHaveLength(1);
    played.stop();
  });
});
