import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ConnectionManager } from '../connection-manager.js';
import { IBKR_WINDOWS } from '../restart/ibkr-windows.js';
import { sessionRestart } from '../restart/restart-window.js';
import { Simulated } from '../testing/simulated.js';
import { QuoteStream } from '../testing/streams.js';

const world = new Simulated();

afterEach(() => world.close());

/** Resolves once the gateway has told its time, by which calendars go. */
function clockLearned(connection: ConnectionManager): Promise<void> {
  return new Promise((resolve) => {
    connection.onMessage(({ type }) => {
      if (type === 'currentTime') resolve();
    });
  });
}

describe('scenario 19: the nightly restart and the weekly login', () => {
  it('a restart inside its window is expected: told ahead, asked every 5 s, no alarm, streams back with a gap', async () => {
    // The test clock starts at 14:30 UTC.
    const restart = sessionRestart({ at: '14:32', timeZone: 'UTC', forMinutes: 5 });
    const server = await world.simulator({ startAtMs: Date.UTC(2024, 0, 2, 14, 30) });
    const { connection, clock } = world.manager(server.port, { restartWindows: [restart], heartbeat: false });
    const learned = clockLearned(connection);
    await connection.connect();
    await learned;
    const stream = new QuoteStream(connection);
    await stream.next();
    const told: string[] = [];
    connection.events.on('connection.restartApproaching', ({ leadMs }) => told.push(`approaching in ${leadMs}`));
    connection.events.on('connection.restartWindow', ({ phase }) => told.push(phase));
    connection.events.on('connection.alarm', ({ kind }) => told.push(kind));
    const startsInMs = (connection.restartOutlook.occurrence?.fromMs ?? 0) - connection.serverNow();
    await clock.advance(startsInMs + 2_000);
    expect(told[0]).toMatch(/^approaching in/u);
    expect(told[1]).toBe('entered');
    const retries = connection.events.stream('connection.retryScheduled');
    const back = server.control.inject({ type: 'restart' });
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 5_000 });
      if (attempt < 5) await clock.advance(5_000);
    }
    back();
    const flowing = stream.next();
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(5_000);
    expect(await recovered).toMatchObject({ scope: 'session', downMs: 30_000 });
    await flowing;
    expect(stream.gaps).toHaveLength(1);
    expect(told.filter((line) => line === 'stillDown')).toEqual([]);
  });

  it('a login that waits for a person alarms at the end of its window, and the connection comes back when it is approved', async () => {
    // Sunday, 01:00 in New York.
    const server = await world.simulator({ startAtMs: Date.parse('2026-01-11T06:00:00Z') });
    const { connection, clock } = world.manager(server.port, { restartWindows: IBKR_WINDOWS.weeklyLogin, heartbeat: false, timeouts: { tcpMs: 600_000 } });
    clock.setNow(Date.parse('2026-01-11T06:00:30Z'));
    const learned = clockLearned(connection);
    await connection.connect();
    await learned;
    expect(connection.getStatus().restart).toMatchObject({ phase: 'inside', occurrence: { window: { kind: 'weekly-login' } } });
    const alarms: string[] = [];
    connection.events.on('connection.alarm', ({ kind }) => alarms.push(kind));
    const retry = connection.events.once('connection.retryScheduled');
    server.control.inject({ type: 'weekly-login' });
    await retry;
    const untilMs = connection.getStatus().restart.occurrence?.untilMs ?? 0;
    await clock.advance(untilMs - connection.serverNow() - 1);
    expect(alarms).toEqual([]);
    await clock.advance(60_000);
    expect(alarms).toEqual(['stillDown']);
    expect(server.control.approve()).toBe(1);
    // Attempts take turns of the event loop, waits take the test clock: give them both.
    await vi.waitFor(
      async () => {
        await clock.advance(1_000);
        expect(connection.state).toBe('connected');
      },
      { timeout: 15_000, interval: 10 },
    );
  });
});
