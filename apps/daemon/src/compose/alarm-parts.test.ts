import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startTestDaemon } from '../testing/test-daemon.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

describe('alarms', () => {
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
      await daemon.parts.trading.ready({ timeoutMs: 15_000 });
      expect((await daemon.call('POST', '/v1/kill', { body: { reason: 'test' } })).status).toBe(200);
      expect((await daemon.call('DELETE', '/v1/kill?reason=over')).status).toBe(200);
      await vi.waitFor(() => {
        expect(told.map((text) => /"status":"(\w+)"/.exec(text)?.[1])).toEqual(['raised', 'resolved']);
      }, { timeout: 10_000 });
      expect(told.join('')).toContain('kill-switch');
      expect(told.join('') + daemon.logged.join('')).not.toMatch(/\bDU\d{4,}/);
      expect(daemon.logged.some((line) => line.includes('kill switch'))).toBe(true);
    }
    hook.closeAllConnections();
    hook.close();
    await once(hook, 'close');
  });
});
