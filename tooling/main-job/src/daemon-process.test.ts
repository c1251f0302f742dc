import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { DaemonProcess, KILL_AFTER_MS } from './daemon-process.js';
import { stubDaemon } from './testing/fake-io.js';

const LISTENING = `console.log(JSON.stringify({ event: 'listening', url: 'http://127.0.0.1:1', tokenFile: 'token' }));`;

describe.skipIf(process.platform === 'win32')('DaemonProcess', () => {
  it('kills a daemon that does not end', async () => {
    const clock = createTestClock();
    const daemon = new DaemonProcess(clock, stubDaemon(`process.on('SIGTERM', () => 0); setInterval(() => 0, 1000); ${LISTENING}`), []);
    await daemon.listening;
    const stopped = Promise.all([daemon.stop(), daemon.stop()]);
    await clock.advance(KILL_AFTER_MS);
    await stopped;
    expect(await daemon.exited).toBe('SIGKILL');
    expect(clock.pending).toBe(0);
  });

  it('gives the daemon an input to hold on to, and a group of its own', async () => {
    const daemon = new DaemonProcess(systemClock(), stubDaemon(`if (!process.argv.includes('--stop-with-input')) process.exit(1); process.stdin.resume(); ${LISTENING}`), []);
    expect(await daemon.listening).toEqual({ url: 'http://127.0.0.1:1', tokenFile: 'token' });
    await daemon.stop();
    expect(await daemon.exited).toBe('SIGTERM');
  });
});
