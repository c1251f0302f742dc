import { systemClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { describe, expect, it } from 'vitest';
import { AuthManager } from './auth/auth-manager.js';
import { ConnectionManager } from './connection-manager.js';
import { resolveConnectionOptions } from './options.js';
import { resolveWatchdogOptions } from './watchdog/watchdog-options.js';

const NO_NUMBERS = [Number.NaN, Number.NEGATIVE_INFINITY, -1, '5', true, {}];
const NOT_POSITIVE = [...NO_NUMBERS, 0, Number.POSITIVE_INFINITY];
const NO_OBJECTS = [5, 'text', [], () => 1];
const NO_BOOLEANS = ['false', 'true', 0, 1, {}];

const WRONG: readonly (readonly [field: string, values: readonly unknown[]])[] = [
  ['host', ['', ' ', 127, true, {}, []]],
  ['port', [...NOT_POSITIVE, 65_536, 1.5]],
  ['clientId', [...NO_NUMBERS, 1.5, 2_147_483_648]],
  ['paperTrading', NO_BOOLEANS],
  ['useGateway', NO_BOOLEANS],
  ['autoReconnect', NO_BOOLEANS],
  ['maxAttempts', [...NO_NUMBERS, 0, 1.5]],
  ['tls', ['true', 1, []]],
  ['timeouts', NO_OBJECTS],
  ['timeouts.tcpMs', NOT_POSITIVE],
  ['timeouts.handshakeMs', NOT_POSITIVE],
  ['timeouts.readyMs', NOT_POSITIVE],
  ['timeouts.frameMs', NOT_POSITIVE],
  ['heartbeat', [true, ...NO_OBJECTS]],
  ['heartbeat.intervalMs', NOT_POSITIVE],
  ['heartbeat.timeoutMs', [...NOT_POSITIVE, 5_000]],
  ['heartbeat.mode', ['Thread', '', 1, true, null]],
  ['heartbeat.worker', ['file:///worker.js', {}, new URL('http://127.0.0.1/worker.js')]],
  ['reconnect', NO_OBJECTS],
  ...['refusedMs', 'refusedForMs', 'refusedThenMs', 'initialMs', 'maxMs', 'resetAfterMs', 'clientIdInUseMs', 'restartWindowMs'].map((name): [string, unknown[]] => [`reconnect.${name}`, NOT_POSITIVE]),
  ['reconnect.factor', [...NOT_POSITIVE, 0.5]],
  ['rate', NO_OBJECTS],
  ['rate.perSecond', [...NOT_POSITIVE, 1.5]],
  ['rate.reservePerSecond', [...NO_NUMBERS, 1.5]],
  ['rate.maxQueued', [...NOT_POSITIVE, 1.5]],
  ['restartWindows', ['23:45', {}, 5, true]],
  ['restartLeadMs', [...NO_NUMBERS, Number.POSITIVE_INFINITY]],
  ['circuitBreaker', ['true', 1, []]],
  ['requestTimeoutMs', NOT_POSITIVE],
  ['alarmAfterMs', [...NO_NUMBERS, 0]],
  ['maxBufferedBytes', [...NOT_POSITIVE, 1.5]],
  ['clock', [5, {}, { now: () => 1 }]],
  ['random', [5, {}]],
  ['logger', ['debug', { info: () => undefined }]],
];

/** What a caller in plain JavaScript may hand over. */
function withField(field: string, value: unknown): object {
  const [first = '', second] = field.split('.');
  return { [first]: second === undefined ? value : { [second]: value } };
}

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('options of a connection', () => {
  it.each(WRONG)('%s is refused by its name when it is wrong', (field, values) => {
    for (const value of values) {
      const error = thrown(() => resolveConnectionOptions(withField(field, value)));
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', details: { field } });
    }
  });

  it('no clock fits a heartbeat in a thread, which has that of the machine', () => {
    const heartbeat = { mode: 'thread' } as const;
    const error = thrown(() => new ConnectionManager({ heartbeat, clock: systemClock() }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ details: { field: 'clock' } });
    expect(resolveConnectionOptions({ heartbeat }).heartbeat).toMatchObject({ intervalMs: 5_000, timeoutMs: 10_000, mode: 'thread' });
    expect(resolveConnectionOptions({ clock: systemClock() }).heartbeat).toMatchObject({ mode: 'loop' });
  });

  it.each([Number.NaN, -1, 0, Number.NEGATIVE_INFINITY])('a timeout of %d is refused by connect and reconnect', async (timeoutMs) => {
    await using connection = new ConnectionManager();
    await expect(connection.connect({ timeoutMs })).rejects.toBeInstanceOf(UsageError);
    await expect(connection.reconnect({ timeoutMs })).rejects.toBeInstanceOf(UsageError);
    await expect(connection.connect({ retryCount: timeoutMs === 0 ? 0.5 : timeoutMs })).rejects.toBeInstanceOf(UsageError);
    expect(connection.state).toBe('disconnected');
  });
});

describe('options of what stands beside it', () => {
  it('live trading is not allowed by the text false, which is true', () => {
    const connection = new ConnectionManager();
    const options = { connection, mode: 'live' as const, ...withField('allowLive', 'false') };
    expect(() => new AuthManager(options)).toThrow(/allowLive must be true or false/u);
  });

  it.each([
    ['restartGatewayDaily', 'yes'],
    ['gateway', {}],
    ['gatewayTimeoutMs', Number.NaN],
    ['probeTimeoutMs', 0],
    ['healthCheckIntervalMs', Number.POSITIVE_INFINITY],
    ['maxGatewayRestartsPerHour', 0.5],
  ])('%s %j is refused', (field, value) => {
    expect(thrown(() => resolveWatchdogOptions(withField(field, value)))).toMatchObject({ details: { field } });
  });
});
