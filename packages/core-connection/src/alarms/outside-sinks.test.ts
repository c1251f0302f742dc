import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../testing/loopback.js';
import type { Alarm, AlarmSink } from './alarm.js';
import { commandSink } from './command-sink.js';
import { webhookSink } from './webhook-sink.js';

const alarm: Alarm = {
  key: 'main:stillDown',
  severity: 'critical',
  status: 'raised',
  title: 'no connection',
  message: 'Not connected for 60000 ms.',
  sinceMs: 1,
  atMs: 2,
  occurrences: 1,
  details: { downMs: 60_000 },
};

const never = new AbortController().signal;
const SECRET = 'T0PSECRET';

async function deliver(sink: AlarmSink, signal = never): Promise<void> {
  await sink.deliver(alarm, { signal });
}

describe('the webhook sink', () => {
  let answers: (number | 'silence' | 'break')[] = [];
  const seen: { readonly url: string; readonly body: string; readonly authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    answer(request, response);
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', body, authorization: request.headers.authorization });
      const next = answers.shift() ?? 200;
      if (next === 'break') request.socket.resetAndDestroy();
      else if (next === 302) response.writeHead(302, { location: '/elsewhere' }).end();
      else if (next !== 'silence') response.writeHead(next).end('thanks');
    });
  }

  let port = 0;
  beforeEach(async () => {
    answers = [];
    seen.length = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const sinkTo = (path: string, options: Partial<Parameters<typeof webhookSink>[0]> = {}): AlarmSink =>
    webhookSink({ url: `http://127.0.0.1:${port}${path}`, retryDelayMs: 0, ...options });

  it('posts the alarm as JSON', async () => {
    await deliver(sinkTo('/hook'));
    expect(seen.map(({ url, body }) => [url, JSON.parse(body) as unknown])).toEqual([['/hook', alarm]]);
  });

  it('posts what a chat wants, with user and password as a header', async () => {
    await deliver(webhookSink({ url: `http://bot:p%40ss@127.0.0.1:${port}/`, body: ({ title }) => ({ text: title }) }));
    expect(seen).toMatchObject([{ body: '{"text":"no connection"}', authorization: `Basic ${Buffer.from('bot:p@ss').toString('base64')}` }]);
  });

  it('tries again when another try may help', async () => {
    answers = [503, 'break', 429, 204];
    await deliver(sinkTo('/hook'));
    expect(seen).toHaveLength(4);
  });

  it('waits twice as long before each further try', async () => {
    const clock = createTestClock();
    const waits: number[] = [];
    const fetch = (): Promise<Response> => {
      waits.push(clock.monotonic());
      return Promise.resolve(new Response(null, { status: 500 }));
    };
    const failed = failure(deliver(webhookSink({ url: 'https://hooks.example.com/x', clock, fetch })));
    await clock.advance(60_000);
    expect(await failed).toMatchObject({ code: 'IBKR_ALARM_UNDELIVERABLE' });
    expect(waits).toEqual([0, 1_000, 3_000, 7_000]);
    expect(clock.pending).toBe(0);
  });

  it('does not try again when it was refused for good, and does not follow redirects', async () => {
    answers = [404];
    expect((await failure(deliver(sinkTo('/hook')))).message).toContain('it answered 404');
    expect(seen).toHaveLength(1);
    answers = [302];
    await failure(deliver(sinkTo('/hook', { retries: 0 })));
    expect(seen.map(({ url }) => url)).toEqual(['/hook', '/hook']);
  });

  it('gives up a server that does not answer, after timeoutMs', async () => {
    answers = ['silence'];
    const clock = createTestClock();
    const failed = failure(deliver(sinkTo('/hook', { clock, timeoutMs: 5_000, retries: 0 })));
    await vi.waitFor(() => {
      expect(seen).toHaveLength(1);
    }, { timeout: 20_000 });
    await clock.advance(5_000);
    expect((await failed).message).toContain('no answer within 5000 ms');
  });

  it('stops at once when it is told to', async () => {
    answers = ['silence'];
    const stop = new AbortController();
    const failed = deliver(sinkTo('/hook'), stop.signal);
    await vi.waitFor(() => {
      expect(seen).toHaveLength(1);
    }, { timeout: 20_000 });
    stop.abort(new Error('closing'));
    await expect(failed).rejects.toThrow('closing');
  });

  it('never shows the secret of its address', async () => {
    const shown: string[] = [];
    const note = (error: unknown): void => {
      shown.push(JSON.stringify(error), String(error), String(error instanceof Error ? error.stack : ''), String(error instanceof Error ? error.cause : ''));
    };
    answers = [500, 'break', 302];
    const sink = sinkTo(`/services/${SECRET}?token=${SECRET}`, { retries: 0 });
    for (let time = 0; time < 3; time += 1) note(await failure(deliver(sink)));
    for (const url of [`not an address ${SECRET}`, `ftp://${SECRET}@host/`]) {
      try {
        webhookSink({ url });
      } catch (error) {
        note(error);
      }
    }
    expect(shown).toHaveLength(20);
    expect(shown.join('\n')).not.toContain(SECRET);
    expect(sink.name).toBe(`webhook 127.0.0.1:${port}`);
  });

  it.each([{ timeoutMs: 0 }, { retries: -1 }, { retryDelayMs: Number.NaN }])('refuses %o by name', (wrong) => {
    expect(() => webhookSink({ url: 'https://example.com', ...wrong })).toThrow(new RegExp(`^${Object.keys(wrong)[0] ?? ''} must be`, 'u'));
  });
});

describe('the command sink', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ibkit-alarm-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const node = (script: string, options: { readonly timeoutMs?: number; readonly args?: readonly string[] } = {}): AlarmSink =>
    commandSink({ command: process.execPath, args: ['-e', script, ...(options.args ?? [])], env: { OUT: join(folder, 'out') }, timeoutMs: options.timeoutMs });

  it('gives the alarm as JSON on the standard input, and only the named environment', async () => {
    const script = `
      let text = ''; process.stdin.on('data', (chunk) => text += chunk);
      process.stdin.on('end', () => require('fs').writeFileSync(process.env.OUT, JSON.stringify({ alarm: JSON.parse(text), env: process.env, argument: process.argv[1] })));`;
    await deliver(node(script, { args: ['$(touch pwned); "quoted"'] }));
    const told = JSON.parse(await readFile(join(folder, 'out'), 'utf8')) as Record<string, unknown>;
    expect(told['alarm']).toEqual(alarm);
    expect(told['argument']).toBe('$(touch pwned); "quoted"');
    expect(told['env']).toMatchObject({ IBKIT_ALARM_KEY: 'main:stillDown', IBKIT_ALARM_SEVERITY: 'critical', IBKIT_ALARM_STATUS: 'raised' });
    expect(Object.keys(told['env'] as object)).not.toContain('HOME');
  });

  it('takes a program that does not read its input', async () => {
    await expect(deliver(node('process.stdin.destroy()'))).resolves.toBeUndefined();
  });

  it('fails by exit code, by signal and when there is no such program', async () => {
    expect((await failure(deliver(node('process.exit(3)')))).message).toContain('exit code 3');
    expect((await failure(deliver(node("process.kill(process.pid, 'SIGKILL')")))).message).toContain('SIGKILL');
    const missing = commandSink({ command: join(folder, 'no-such-program') });
    expect(await failure(deliver(missing))).toMatchObject({ code: 'IBKR_ALARM_UNDELIVERABLE', message: 'The alarm sink command no-such-program failed: it could not be started (ENOENT).' });
  });

  it('ends a program that runs too long, if need be by force', async () => {
    // Deaf to the polite signal; the clock waits two seconds before the other.
    const clock = createTestClock();
    const script = "process.on('SIGTERM', () => undefined); require('fs').writeFileSync(process.env.OUT, ''); setInterval(() => undefined, 1000);";
    const sink = commandSink({ command: process.execPath, args: ['-e', script], env: { OUT: join(folder, 'out') }, timeoutMs: 500, clock });
    const failed = failure(deliver(sink));
    await vi.waitFor(() => readFile(join(folder, 'out')), { timeout: 10_000 });
    await clock.advance(500);
    await clock.advance(2_000);
    expect((await failed).message).toContain('did not end within 500 ms');
    expect(clock.pending).toBe(0);
  });

  it('stops with the alarms', async () => {
    const stop = new AbortController();
    const running = deliver(node("require('fs').writeFileSync(process.env.OUT, ''); setInterval(() => undefined, 1000);"), stop.signal);
    await vi.waitFor(() => readFile(join(folder, 'out')), { timeout: 10_000 });
    stop.abort(new Error('closing'));
    await expect(running).rejects.toThrow('closing');
  });

  it('refuses wrong options by name', () => {
    expect(() => commandSink({ command: ' ' })).toThrow(/command must name a program/u);
    expect(() => commandSink({ command: 'x', timeoutMs: 0, clock: systemClock() })).toThrow(/timeoutMs/u);
  });
});
