import { createRequire } from 'node:module';
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { run, temporaryDirectory } from '../testing/fake-io.js';
import type { RunOptions } from '../testing/fake-io.js';

const MAIN = path.resolve(import.meta.dirname, '..', 'main.ts');
let ending: (() => Promise<unknown>) | undefined;

afterEach(async () => {
  await ending?.();
  ending = undefined;
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Place {
  readonly port: number;
  readonly program: string;
  readonly options: RunOptions;
  /** What the program was started with. */
  readonly seen: () => string;
}

/** A gateway program that writes down what it was started with, and then is the simulator. */
async function place(): Promise<Place> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const program = path.join(directory, 'ibgateway');
  const seen = path.join(directory, 'seen');
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  writeFileSync(program, `#!/bin/sh\n{ echo "argv $*"; env; } >> "${seen}"\nexec "${process.execPath}" --conditions=@ibkit/source --import "${loader}" "${MAIN}" simulate --port ${port} --for 2m\n`);
  chmodSync(program, 0o700);
  return { port, program, seen: () => readFileSync(seen, 'utf8'), options: { env: { IBKIT_STATE_DIR: path.join(directory, 'state'), PATH: process.env['PATH'] ?? '', HOME: directory, DISPLAY: ':7', MY_PASSWORD: 'hidden-in-env' }, cwd: directory } };
}

describe.skipIf(process.platform === 'win32')('gateway', () => {
  it('is started, found by the next command, restarted, and stopped; the original flags start it, too', async () => {
    const { port, program, options, seen } = await place();
    const gateway = ['--gateway-path', program, '--port', port] as const;
    ending = () => run(['gateway', 'stop', ...gateway], options);

    expect((await run(['gateway', 'status', ...gateway], options)).exitCode).toBe(3);
    const started = await run(['--start', ...gateway], options);
    expect([started.exitCode, started.out.text]).toEqual([0, expect.stringMatching(/^ready for /)]);
    const status = await run(['gateway', 'status', '--json', ...gateway], options);
    expect([status.exitCode, status.out.documents]).toEqual([0, [expect.objectContaining({ managed: true, phase: 'ready', serverVersion: 193 })]]);
    // Its window needs a display, and nothing of it needs our secrets.
    expect(seen()).toContain('DISPLAY=:7');
    expect(seen()).not.toContain('hidden-in-env');

    // At night, when a gateway restarts by itself, a restart is refused without the flag.
    const restarted = await run(['gateway', 'restart', '--force', '--json', ...gateway], options);
    expect([restarted.exitCode, restarted.out.documents]).toEqual([0, [expect.objectContaining({ phase: 'ready', serverVersion: 193 })]]);
    expect(restarted.out.documents[0]?.['pid']).not.toBe(status.out.documents[0]?.['pid']);
    expect(seen().match(/^argv/gm)).toHaveLength(2);

    const stopped = await run(['gateway', 'stop', ...gateway], options);
    expect([stopped.exitCode, stopped.out.text]).toEqual([0, expect.stringMatching(/^stopped for /)]);
    expect((await run(['check', '--port', port], options)).exitCode).toBe(3);
  }, 100_000);

  it('is run by IBC as the configuration says; the login is in no argument, variable, output or log', async () => {
    const { port, program, options, seen } = await place();
    const cwd = options.cwd ?? '';
    const config = path.join(cwd, 'ibkit.ini');
    const login = path.join(cwd, 'login');
    writeFileSync(login, 'user=hidden-user\npassword=hidden-password\n', { mode: 0o600 });
    writeFileSync(config, `[gateway-process]\ndriver = ibc\nscript = ${program}\nversion = 1037\ncredentials_file = ${login}\n`, { mode: 0o600 });
    const gateway = ['--config', config, '--port', port, '--log-level', 'debug'] as const;
    ending = () => run(['gateway', 'stop', ...gateway], options);

    chmodSync(login, 0o644);
    const open = await run(['gateway', 'start', ...gateway], options);
    expect([open.exitCode, open.err.text]).toEqual([2, expect.stringContaining('credentials_file must be a file that only this user can read')]);
    chmodSync(login, 0o600);

    const started = await run(['gateway', 'start', '--json', ...gateway], options);
    expect([started.err.text, started.exitCode]).toEqual(['', 0]);
    expect(started.out.documents).toEqual([expect.objectContaining({ driver: 'ibc', phase: 'ready', managed: true })]);
    const status = await run(['gateway', 'status', ...gateway], options);
    expect([status.exitCode, status.out.text]).toEqual([0, expect.stringMatching(/driver +ibc\n/)]);
    expect(seen()).toMatch(/^argv 1037 --gateway --ibc-path=\S+ --ibc-ini=\S+ --mode=paper/m);
    const stopped = await run(['gateway', 'stop', ...gateway], options);
    expect(stopped.exitCode).toBe(0);

    const logs = readdirSync(path.join(cwd, 'state'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    expect(logs.length).toBeGreaterThan(0);
    for (const text of [open, started, status, stopped].flatMap(({ out, err }) => [out.text, err.text]).concat(seen(), logs)) expect(text).not.toMatch(/hidden-(user|password)/);
  }, 100_000);

  it('whose configuration makes no sense is refused with everything that is wrong; without one it says what is missing', async () => {
    const { port, options } = await place();
    const config = path.join(options.cwd ?? '', 'ibkit.ini');
    writeFileSync(config, '[gateway-process]\ndriver = ibc\nscript = run.sh\npasswort = hidden\n', { mode: 0o600 });
    const wrong = await run(['gateway', 'start', '--config', config, '--port', port], options);
    expect([wrong.exitCode, wrong.err.text]).toEqual([2, expect.stringMatching(/passwort is not a known key.*script must be an absolute path.*credentials_file must be given/)]);
    expect(wrong.err.text).not.toContain('hidden');
    for (const verb of ['start', 'stop', 'restart']) expect((await run(['gateway', verb, '--port', port], options)).exitCode).toBe(2);
    expect((await run(['gateway', 'status', '--port', port], options)).exitCode).toBe(3);
  });

  it('that does not come up within --timeout is told as it is, and goes on', async () => {
    const { port, options } = await place();
    const program = path.join(options.cwd ?? '', 'sleeper');
    writeFileSync(program, '#!/bin/sh\nexec sleep 60\n');
    chmodSync(program, 0o700);
    const gateway = ['--gateway-path', program, '--port', port] as const;
    ending = () => run(['gateway', 'stop', ...gateway], options);
    const started = await run(['gateway', 'start', '--timeout', '300ms', ...gateway], options);
    expect([started.exitCode, started.out.text, started.err.text]).toEqual([3, expect.stringMatching(/^starting for /), expect.stringContaining('not done within 300 ms')]);
    expect((await run(['gateway', 'stop', ...gateway], options)).exitCode).toBe(0);
  }, 60_000);
});
