import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConnectionEvents } from '@ibkit/core-connection';
import { EventBus } from '@ibkit/event-bus';
import type { GatewayEvents } from '@ibkit/gateway-process';
import { describe, expect, it, vi } from 'vitest';
import { watchGateway } from './alarm-parts.js';
import { startTestDaemon } from '../testing/test-daemon.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

describe('alarms', () => {
  it('of the gateway ask for the person that it waits for, and end when it answers or the time for the login is over', () => {
    const told: string[] = [];
    const alarms = {
      raise: ({ key, severity, message }: { readonly key: string; readonly severity: string; readonly message: string }) => told.push(`${severity} ${key} ${message}`) > 0,
      resolve: (key: string) => told.push(`over ${key}`) > 0,
    };
    const gateway = { events: new EventBus<GatewayEvents>() };
    const connection = { events: new EventBus<ConnectionEvents>() };
    const stop = watchGateway(gateway, connection, alarms);
    const window = (kind: 'weekly-login' | 'session-restart'): void => {
      connection.events.emit('connection.restartWindow', { phase: 'left', kind, name: kind, fromMs: 0, untilMs: 1, atMs: 1 });
    };
    gateway.events.emit('gateway.humanNeeded', { what: 'weeklyLogin', cause: 'it comes', deadlineMs: 0, atMs: 0 });
    window('session-restart');
    window('weekly-login');
    window('weekly-login');
    gateway.events.emit('gateway.humanNeeded', { what: 'secondFactor', cause: 'it waits', deadlineMs: undefined, atMs: 0 });
    const status = { sinceMs: 0, cause: '', driver: 'ibc', host: 'x', port: 1, pid: undefined, startedAtMs: undefined, serverVersion: undefined, deadlineMs: undefined, lockOut: undefined, retryAtMs: undefined, failedLogins: 0, restartsLastHour: 0, nextRestart: undefined, nextLogin: undefined };
    gateway.events.emit('gateway.stateChanged', { ...status, phase: 'starting', previous: 'stopped' });
    gateway.events.emit('gateway.stateChanged', { ...status, phase: 'ready', previous: 'starting' });
    stop();
    gateway.events.emit('gateway.humanNeeded', { what: 'credentials', cause: 'late', deadlineMs: undefined, atMs: 0 });
    expect(told).toEqual([
      'warning gateway-human:weeklyLogin Be there for the login of the week: it comes. By 1970-01-01T00:00:00.000Z.',
      'over gateway-human:weeklyLogin',
      'critical gateway-human:secondFactor Confirm its login with the second factor: it waits.',
      'over gateway-human:secondFactor',
    ]);
  });

  it('of orders reach the webhook and the log, once when raised and once when over, and name no account', async () => {
    const told: string[] = [];
    const hook = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => told.push(text)).on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const address = hook.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    await using directory = await temporaryDirectory();
    const file = path.join(directory.path, 'ibkit.ini');
    await writeFile(file, `[alarms]\nwebhook = http://127.0.0.1:${port}/hook\n`, { mode: 0o600 });
    {
      await using daemon = await startTestDaemon('--simulate', '--config', file);
      await daemon.parts.trading.ready({ timeoutMs: 30_000 });
      expect((await daemon.call('POST', '/v1/kill', { body: { reason: 'test' } })).status).toBe(200);
      expect((await daemon.call('DELETE', '/v1/kill?reason=over')).status).toBe(200);
      await vi.waitFor(() => {
        expect(told.map((text) => /"status":"(\w+)"/.exec(text)?.[1])).toEqual(['raised', 'resolved']);
      }, { timeout: 20_000 });
      expect(told.join('')).toContain('kill-switch');
      expect(told.join('') + daemon.logged.join('')).not.toMatch(/\bDU\d{4,}/);
      expect(daemon.logged.some((line) => line.includes('kill switch'))).toBe(true);
    }
    hook.closeAllConnections();
    hook.close();
    await once(hook, 'close');
  });
});
