import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { sessionRestart } from './restart/restart-window.js';
import { Loopback } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const errMsg = (code: number, msg: string): ServerMessage => ({ type: 'errMsg', id: -1, code, msg });
/** The test clock starts at 14:30 UTC. */
const inTwoMinutes = sessionRestart({ at: '14:32', timeZone: 'UTC', forMinutes: 10 });

describe('a connection that knows its restart windows', () => {
  it('asks every 5 s inside a window, and rings only when its deadline has passed', async () => {
    const { connection, gateway, client, clock } = await loopback.connected({ restartWindows: [inTwoMinutes], heartbeat: false });
    await clock.advance(130_000);
    expect(connection.getStatus().restart).toMatchObject({ phase: 'inside', occurrence: { window: { name: 'daily restart' } } });
    const retries = connection.events.stream('connection.retryScheduled');
    const alarms: { readonly downMs: number; readonly atMs: number }[] = [];
    connection.events.on('connection.alarm', (alarm) => alarms.push(alarm));
    const gone = gateway.close();
    client.reset();
    await gone;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 5_000 });
      if (attempt < 3) await clock.advance(5_000);
    }
    // The window ends at 14:42; by then the outage has lasted 9 min 50 s.
    await clock.advance(590_000 - 15_001);
    expect(alarms).toEqual([]);
    await clock.advance(1);
    expect(alarms).toMatchObject([{ kind: 'stillDown', downMs: 590_000, atMs: Date.UTC(2024, 0, 2, 14, 42) }]);
  });

  it('rings after alarmAfterMs outside of windows, as ever', async () => {
    const { connection, gateway, client, clock } = await loopback.connected({ restartWindows: [sessionRestart()], heartbeat: false });
    const alarm = connection.events.once('connection.alarm');
    const retry = connection.events.once('connection.retryScheduled');
    gateway.behaviour = 'mute';
    client.reset();
    await retry;
    await clock.advance(60_000);
    expect(await alarm).toMatchObject({ kind: 'stillDown', downMs: 60_000 });
  });

  it('holds the alarm for a lost link to the broker back too', async () => {
    const { connection, client, clock } = await loopback.connected({ restartWindows: [inTwoMinutes], heartbeat: false });
    await clock.advance(130_000);
    const alarms: unknown[] = [];
    connection.events.on('connection.alarm', (alarm) => alarms.push(alarm));
    const degraded = connection.events.once('connection.degraded');
    client.send(errMsg(1100, 'Connectivity between IB and TWS has been lost.'));
    await degraded;
    await clock.advance(589_999);
    expect(alarms).toEqual([]);
    await clock.advance(1);
    expect(alarms).toMatchObject([{ kind: 'upstreamDown', downMs: 590_000 }]);
  });

  it('says a minute ahead that a restart approaches, and when the window begins and ends', async () => {
    const { connection, clock } = await loopback.connected({ restartWindows: [inTwoMinutes], heartbeat: false });
    const told: string[] = [];
    const stamp = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);
    connection.events.on('connection.restartApproaching', ({ leadMs, name, atMs }) => told.push(`${stamp(atMs)} ${name} in ${leadMs}`));
    connection.events.on('connection.restartWindow', ({ phase, atMs }) => told.push(`${stamp(atMs)} ${phase}`));
    expect(connection.restartOutlook.phase).toBe('clear');
    await clock.advance(60_000);
    expect(connection.restartOutlook.phase).toBe('approaching');
    await clock.advance(3_600_000);
    expect(told).toEqual(['14:31 daily restart in 60000', '14:32 entered', '14:42 left']);
  });

  it("follows the gateway's clock, not ours", async () => {
    const { connection, client, clock } = await loopback.connected({ restartWindows: [sessionRestart({ at: '18:30', timeZone: 'UTC' })], heartbeat: false });
    const read = new Promise((resolve) => connection.onMessage(resolve));
    client.send({ type: 'currentTime', time: Math.floor(clock.now() / 1000) + 4 * 3_600 + 60 });
    await read;
    expect(connection.restartOutlook.phase).toBe('inside');
  });

  it('refuses a wrong window and a wrong lead by name', () => {
    expect(() => loopback.manager(4002, { restartWindows: [{ ...inTwoMinutes, until: 'noon' }] })).toThrow(/restartWindows\[0\]\.until must be a time of the day/u);
    expect(() => loopback.manager(4002, { restartLeadMs: Number.NaN })).toThrow(/restartLeadMs must be/u);
  });

  it('has no timer for windows once it is down', async () => {
    const { connection, clock } = await loopback.connected({ restartWindows: [inTwoMinutes] });
    await connection.disconnect();
    expect(clock.pending).toBe(0);
  });
});
