import { createTestClock } from '@ibkit/clock/testing';
import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { Loopback } from '../testing/loopback.js';
import type { Alarm, AlarmNews, AlarmSink } from './alarm.js';
import { Alarms } from './alarms.js';
import { watchConnection } from './connection-alarms.js';
import { eventSink } from './event-sink.js';
import { logSink } from './log-sink.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const news = (key = 'a'): AlarmNews => ({ key, severity: 'critical', title: `title of ${key}`, message: 'it is bad' });

function recorder(): { readonly sink: AlarmSink; readonly told: string[]; readonly alarms: Alarm[] } {
  const told: string[] = [];
  const alarms: Alarm[] = [];
  const sink = eventSink((alarm) => {
    told.push(`${alarm.status} ${alarm.key}`);
    alarms.push(alarm);
  }, 'recorder');
  return { sink, told, alarms };
}

describe('alarms', () => {
  it('tell each trouble once when it begins and once when it is over', async () => {
    const { sink, told, alarms } = recorder();
    const clock = createTestClock();
    const desk = new Alarms({ sinks: [sink], clock });
    expect([desk.raise(news()), desk.raise(news()), desk.raise(news('b'))]).toEqual([true, false, true]);
    expect(desk.active).toMatchObject([{ key: 'a', occurrences: 2 }, { key: 'b', occurrences: 1 }]);
    await clock.advance(5_000);
    expect([desk.resolve('a', 'it is fine'), desk.resolve('a')]).toEqual([true, false]);
    await desk.flush();
    expect(told).toEqual(['raised a', 'raised b', 'resolved a']);
    expect(alarms[2]).toMatchObject({ message: 'it is fine', occurrences: 2, atMs: clock.now(), sinceMs: clock.now() - 5_000 });
    expect(desk.raise(news())).toBe(true);
    await desk.close();
    expect(desk.raise(news('c'))).toBe(false);
  });

  it('are events, too: raised and resolved, each with its cause and once', async () => {
    const clock = createTestClock();
    const desk = new Alarms({ sinks: [], clock });
    const told: Alarm[] = [];
    desk.events.on('alarm.raised', (alarm) => told.push(alarm));
    desk.events.on('alarm.resolved', (alarm) => told.push(alarm));
    desk.raise(news());
    desk.raise(news());
    desk.resolve('a', 'it is fine');
    desk.resolve('a');
    expect(told).toMatchObject([{ status: 'raised', key: 'a', message: 'it is bad' }, { status: 'resolved', key: 'a', message: 'it is fine' }]);
    await desk.close();
  });

  it('tell again what is raised again after repeatAfterMs', async () => {
    const { sink, told } = recorder();
    const clock = createTestClock();
    const desk = new Alarms({ sinks: [sink], clock, repeatAfterMs: 60_000 });
    desk.raise(news());
    await clock.advance(59_999);
    expect(desk.raise(news())).toBe(false);
    await clock.advance(1);
    expect(desk.raise(news())).toBe(true);
    await desk.flush();
    expect(told).toEqual(['raised a', 'raised a']);
    await desk.close();
  });

  it('make a sink that fails visible: to the other sinks, as an event, in the log and in the status', async () => {
    const { sink, told, alarms } = recorder();
    let broken = true;
    const flaky: AlarmSink = {
      name: 'flaky',
      deliver: () => {
        if (broken) throw new Error('no paper');
      },
    };
    const lines: string[] = [];
    const log = (_: object, message: string): void => {
      lines.push(message);
    };
    const desk = new Alarms({ sinks: [flaky, sink], clock: createTestClock(), logger: { debug: log, info: log, warn: log, error: log } });
    const events: string[] = [];
    desk.events.on('alarm.undeliverable', ({ sink: name, alarm, error }) => events.push(`${name} ${alarm.key} ${error.code}`));
    desk.raise(news());
    desk.raise(news('b'));
    await desk.flush();
    expect(events).toEqual(['flaky a IBKR_ALARM_UNDELIVERABLE', 'flaky b IBKR_ALARM_UNDELIVERABLE']);
    expect(told).toEqual(['raised a', 'raised b', 'raised alarm-sink:flaky']);
    expect(alarms[2]?.message).toContain('no paper');
    expect(lines[0]).toContain('could not be delivered');
    expect(desk.status).toEqual([
      { name: 'flaky', delivered: 0, undelivered: 2, queued: 0, failing: true },
      { name: 'recorder', delivered: 3, undelivered: 0, queued: 0, failing: false },
    ]);
    broken = false;
    desk.raise(news('c'));
    await desk.flush();
    expect(told.slice(3)).toEqual(['raised c', 'resolved alarm-sink:flaky']);
    await desk.close();
  });

  it('do not go round in circles when every sink fails', async () => {
    const bad = (name: string): AlarmSink => ({ name, deliver: () => Promise.reject(new Error('down')) });
    const desk = new Alarms({ sinks: [bad('one'), bad('two')], clock: createTestClock() });
    desk.raise(news());
    await desk.flush();
    expect(desk.status.map((status) => status.undelivered)).toEqual([2, 2]);
    await desk.close();
  });

  it('keep a bounded queue for a slow sink, and say what was given up, also at the end', async () => {
    const slow: AlarmSink = {
      name: 'slow',
      deliver: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('stopped'));
          });
        }),
    };
    const desk = new Alarms({ sinks: [slow], clock: createTestClock(), maxQueued: 2 });
    const lost: string[] = [];
    desk.events.on('alarm.undeliverable', ({ alarm }) => lost.push(alarm.key));
    desk.raise(news('first'));
    await Promise.resolve();
    for (const key of ['a', 'b', 'c']) desk.raise(news(key));
    expect(lost).toEqual(['a']);
    await desk.close();
    expect(lost.sort()).toEqual(['a', 'b', 'c', 'first']);
  });

  it('refuse wrong options by name', () => {
    expect(() => new Alarms({ sinks: [], repeatAfterMs: 0 })).toThrow(/repeatAfterMs/u);
    expect(() => new Alarms({ sinks: [], maxQueued: 0 })).toThrow(/maxQueued must be a whole number from 1, got 0/u);
  });
});

describe('the log sink', () => {
  it('grades by severity, and good news is not red', async () => {
    const lines: string[] = [];
    const at = (level: string) => (fields: object, message: string) => lines.push(`${level} ${String(Reflect.get(fields, 'alarm'))} ${message}`);
    const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
    const desk = new Alarms({ sinks: [logSink(logger)], clock: createTestClock() });
    desk.raise(news());
    desk.raise({ ...news('b'), severity: 'warning' });
    desk.resolve('a', 'fine again');
    await desk.flush();
    expect(lines).toEqual(['error a title of a: it is bad', 'warn b title of b: it is bad', 'info a Over: title of a: fine again']);
    await desk.close();
  });
});

const errMsg = (code: number, msg: string): ServerMessage => ({ type: 'errMsg', id: -1, code, msg });

describe('alarms of a connection', () => {
  it('are one for 833 notices of a lost link to the broker, and end with it', async () => {
    const { connection, client, clock } = await loopback.connected({ heartbeat: false, alarmAfterMs: 30_000 });
    const { sink, told } = recorder();
    const desk = new Alarms({ sinks: [sink], clock });
    const stop = watchConnection({ connection, alarms: desk, name: 'main' });
    const notices = connection.events.stream('notice.received', { capacity: 1_000 });
    client.send(...Array.from({ length: 833 }, () => errMsg(1100, 'Connectivity between IB and TWS has been lost.')));
    for (let count = 0; count < 833; count += 1) await notices.next();
    await clock.advance(15 * 3_600_000);
    await desk.flush();
    expect(told).toEqual(['raised main:upstreamDown']);
    const recovered = connection.events.once('connection.recovered');
    client.send(errMsg(1102, 'Connectivity between IB and TWS has been restored - data maintained.'));
    await recovered;
    await desk.flush();
    expect(told).toEqual(['raised main:upstreamDown', 'resolved main:upstreamDown']);
    stop();
    await desk.close();
  });

  it('tell that the connection gave up, and that it is back', async () => {
    const { connection, client, gateway, clock } = await loopback.connected({ maxAttempts: 1 });
    const { sink, told, alarms } = recorder();
    const desk = new Alarms({ sinks: [sink], clock });
    const stop = watchConnection({ connection, alarms: desk });
    const gaveUp = connection.events.once('connection.gaveUp');
    gateway.behaviour = 'hang-up';
    const retry = connection.events.once('connection.retryScheduled');
    client.reset();
    await retry;
    await clock.advance(1_000);
    await gaveUp;
    gateway.behaviour = 'normal';
    await connection.connect();
    await desk.flush();
    expect(told).toEqual(['raised connection:gaveUp', 'resolved connection:gaveUp']);
    expect(alarms[0]).toMatchObject({ severity: 'critical', details: { code: 'IBKR_CONNECT_CLOSED' } });
    stop();
    await desk.close();
  });

  it('warn that the gateway moved to another port', async () => {
    const { connection, client, clock } = await loopback.connected();
    const there = await loopback.gateway();
    const { sink, alarms } = recorder();
    const desk = new Alarms({ sinks: [sink], clock });
    watchConnection({ connection, alarms: desk });
    const changed = connection.events.once('connection.portChanged');
    client.send(errMsg(1300, `TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port - ${there.port}`));
    await changed;
    await desk.flush();
    expect(alarms).toMatchObject([{ key: 'connection:portChanged', severity: 'warning', details: { to: there.port } }]);
    await desk.close();
  });
});
