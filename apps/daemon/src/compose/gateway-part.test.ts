import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { ROUTES } from '@ibkit/api-contract';
import { systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import { describe, expect, it, vi } from 'vitest';
import { USUAL_RESTARTS } from '../settings/load-settings.js';
import { startTestDaemon, settingsOf } from '../testing/test-daemon.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { gatewayPart } from './gateway-part.js';

describe.skipIf(process.platform === 'win32')('the process of the gateway', () => {
  it('is watched where the configuration says so, and no request names a path or a command', async () => {
    await using directory = await temporaryDirectory();
    await using gateway = await createSimulator();
    const file = path.join(directory.path, 'ibkit.ini');
    await writeFile(file, '[gateway-process]\ndriver = external\n', { mode: 0o600 });
    await using daemon = await startTestDaemon('--port', String(gateway.port), '--config', file);
    await daemon.parts.trading.ready({ timeoutMs: 30_000 });
    await vi.waitFor(async () => {
      expect(await daemon.read('/v1/gateway', ROUTES.gateway.response)).toMatchObject({ managed: false, driver: 'external', port: gateway.port });
      expect(daemon.parts.gatewayProcess?.status().phase).toBe('ready');
    }, { timeout: 15_000 });
    for (const [body, query] of [[{ path: '/bin/sh' }, ''], [undefined, '?script=/bin/sh'], [{ args: ['-c', 'id'] }, '']] as const) {
      const answer = await daemon.call('POST', `/v1/gateway/restart${query}`, { body });
      expect(answer.status).toBe(400);
    }
    expect((await daemon.call('POST', '/v1/gateway/start', { secret: (await daemon.makeToken({ name: 'trader', scope: 'trade' })).secret })).status).toBe(403);
  });

  it('without one is refused, not pretended', async () => {
    await using daemon = await startTestDaemon('--simulate');
    const answer = await daemon.call('POST', '/v1/gateway/start');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await daemon.read('/v1/gateway', ROUTES.gateway.response)).toMatchObject({ managed: false });
  });

  it('gets its login from a file that only this user can read', async () => {
    await using directory = await temporaryDirectory();
    const credentialsFile = path.join(directory.path, 'login');
    const script = path.join(directory.path, 'ibcstart.sh');
    await writeFile(script, '#!/bin/sh\nexit 1\n');
    await chmod(script, 0o755);
    await mkdir(path.join(directory.path, 'tws'));
    await writeFile(credentialsFile, 'user=me\npassword=hidden\n');
    await chmod(credentialsFile, 0o644);
    const settings = await settingsOf('--state-dir', directory.path, '--port', '1');
    await using part = gatewayPart({ settings, gatewayProcess: { driver: 'ibc', script, version: '1037', credentialsFile, twsPath: path.join(directory.path, 'tws') }, restarts: USUAL_RESTARTS, env: { PATH: process.env['PATH'] }, clock: systemClock(), mayRestart: () => true });
    await expect(part.start()).rejects.toThrow(/credentials_file must be a file that only this user can read/);
    expect(await readFile(credentialsFile, 'utf8')).toContain('hidden');
  });
});
