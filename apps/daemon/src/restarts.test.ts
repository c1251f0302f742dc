import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestClock } from '@ibkit/clock/testing';
import type { SimulatorFault } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { parseMetrics } from './testing/prometheus.js';
import { temporaryDirectory } from './testing/temporary-directory.js';
import { startTestDaemonOn } from './testing/test-daemon.js';
import type { TestDaemon } from './testing/test-daemon.js';

/** A daemon on the simulator, both on one clock that only the test moves. */
class Night implements AsyncDisposable {
  readonly clock = createTestClock();
  readonly told: string[] = [];
  readonly #directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  readonly #daemon: TestDaemon;

  private constructor(directory: Awaited<ReturnType<typeof temporaryDirectory>>, clock: ReturnType<typeof createTestClock>, daemon: TestDaemon) {
    this.#directory = directory;
    this.clock = clock;
    this.#daemon = daemon;
    daemon.parts.connection.events.on('connection.restartWindow', ({ phase, kind }) => this.told.push(`${phase} ${kind}`));
  }

  static async begin(at: string, restarts: string): Promise<Night> {
    const directory = await temporaryDirectory();
    const file = path.join(directory.path, 'ibkit.ini');
    await writeFile(file, `[restarts]\n${restarts}`, { mode: 0o600 });
    const clock = createTestClock();
    clock.setNow(Date.parse(at));
    const night = new Night(directory, clock, await startTestDaemonOn(clock, '--simulate', '--start-at', at, '--config', file));
    await night.until(() => night.parts.connection.isConnected());
    return night;
  }

  get parts(): TestDaemon['parts'] {
    return this.#daemon.parts;
  }

  /** What is in the log as an alarm. */
  get alarms(): readonly string[] {
    return this.#daemon.logged.filter((line) => line.includes('no connection to the gateway')).map((line) => (line.includes('resolved') ? 'resolved' : 'raised'));
  }

  fault(fault: SimulatorFault): void {
    this.parts.simulator?.control.inject(fault);
  }

  async metric(name: string, labels = ''): Promise<number | undefined> {
    const { samples } = parseMetrics(await (await this.#daemon.get('/metrics')).text());
    return samples.find((sample) => sample.name === name && sample.labels === labels)?.value;
  }

  /** Lets time pass in steps, with what sockets bring in between. */
  async pass(minutes: number): Promise<void> {
    const untilMs = this.clock.monotonic() + minutes * 60_000;
    while (this.clock.monotonic() < untilMs) await this.#step(Math.min(1000, untilMs - this.clock.monotonic()));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#step(50);
  }

  async #step(ms: number): Promise<void> {
    await this.clock.advance(ms);
    // A call and its answer: sockets were read meanwhile.
    await this.#daemon.get('/healthz', {}).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#daemon[Symbol.asyncDispose](), this.#closing()]);
    await this.#directory[Symbol.asyncDispose]();
  }

  /** Closing may wait for time, too. */
  async #closing(): Promise<void> {
    for (let steps = 0; steps < 100; steps += 1) await this.#step(50);
  }
}

describe('a daemon that knows when its gateway restarts', () => {
  it('rides through the nightly restart without an alarm', async () => {
    await using night = await Night.begin('2026-11-20T04:54:30Z', 'daily = 23:55\n');
    await night.pass(0.6);
    expect(night.told).toEqual(['entered session-restart']);
    expect(await night.metric('ibkit_restart_window', '{kind="session-restart"}')).toBe(1);
    night.fault({ type: 'restart', for: 300_000 });
    await night.until(() => !night.parts.connection.isConnected());
    await night.pass(4.5);
    expect(night.parts.connection.isConnected()).toBe(false);
    expect(await night.metric('ibkit_watchdog_problems', '{kind="down"}')).toBe(0);
    await night.until(() => night.parts.connection.isConnected());
    await night.pass(6);
    expect(night.told).toEqual(['entered session-restart', 'left session-restart']);
    expect(night.alarms).toEqual([]);
    expect(await night.metric('ibkit_restart_window', '{kind="session-restart"}')).toBe(0);
  });

  it('tells somebody when it stays away beyond the window, and when it is back', async () => {
    await using night = await Night.begin('2026-11-22T05:59:30Z', 'weekly_login = sun 01:00\nweekly_login_minutes = 10\n');
    await night.pass(0.6);
    night.fault({ type: 'weekly-login' });
    await night.pass(9.5);
    expect(night.told).toEqual(['entered weekly-login']);
    expect(night.alarms).toEqual([]);
    await night.pass(1);
    expect(night.alarms).toEqual(['raised']);
    expect(await night.metric('ibkit_watchdog_problems', '{kind="down"}')).toBe(1);
    expect(await night.metric('ibkit_alarms_active', '{severity="critical"}')).toBe(1);
    night.parts.simulator?.control.approve();
    await night.until(() => night.parts.connection.isConnected());
    await night.pass(1);
    expect(night.alarms).toEqual(['raised', 'resolved']);
    expect(await night.metric('ibkit_watchdog_problems', '{kind="down"}')).toBe(0);
  });

  it('tells somebody after a minute when no window explains it', async () => {
    await using night = await Night.begin('2026-11-20T17:00:00Z', 'daily = none\nweekly_login = none\n');
    night.fault({ type: 'restart', for: 120_000 });
    await night.until(() => !night.parts.connection.isConnected());
    await night.pass(0.9);
    expect(night.alarms).toEqual([]);
    await night.pass(0.3);
    expect(night.alarms).toEqual(['raised']);
  });
});
