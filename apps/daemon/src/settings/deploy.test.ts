import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { readCommandLine } from './command-line.js';
import { parseInvocation } from './load-settings.js';

const DEPLOY = path.resolve(import.meta.dirname, '..', '..', '..', '..', 'deploy');
const read = (...parts: readonly string[]): Promise<string> => readFile(path.join(DEPLOY, ...parts), 'utf8');

/** The entries of a section of a unit. */
function section(unit: string, name: string): readonly string[] {
  const [, text = ''] = new RegExp(String.raw`^\[${name}\]$([\s\S]*?)(?=^\[|$(?![\s\S]))`, 'mu').exec(unit) ?? [];
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('what is deployed', () => {
  it('starts a program that the package has, with flags that it takes and a configuration that it reads', async () => {
    const unit = await read('systemd', 'ibkitd.service');
    const [start = ''] = section(unit, 'Service').filter((line) => line.startsWith('ExecStart='));
    const [program = '', ...argv] = start.replace('ExecStart=/usr/bin/env ', '').split(' ');
    expect(Object.keys(manifest.bin)).toContain(program);
    expect(argv).toEqual(['--config', '/etc/ibkit/ibkit.ini']);
    const invocation = await parseInvocation(['--config', path.join(DEPLOY, 'systemd', 'ibkit.ini')], {}, '1');
    expect(invocation).toMatchObject({ kind: 'run', settings: { stateDir: '/var/lib/ibkit', listen: { host: '127.0.0.1', port: 8787 }, limits: { perOrder: { maxQuantity: 1000, maxNotional: 50_000 } } } });
    // systemd.exec(5): the directory of the configuration belongs to root, and the service must get into it.
    expect(section(unit, 'Service')).toEqual(expect.arrayContaining(['StateDirectory=ibkit', 'ConfigurationDirectoryMode=0755', 'SystemCallErrorNumber=EPERM', 'RestartPreventExitStatus=2']));
    expect(section(unit, 'Unit')).toContain('StartLimitIntervalSec=0');
  });

  it('runs the same in a container, whose health is asked for where it listens', async () => {
    const file = await read('container', 'Containerfile');
    const listOf = (instruction: string): readonly string[] => JSON.parse(new RegExp(String.raw`^${instruction} (\[.*\])$`, 'mu').exec(file)?.[1] ?? '[]') as string[];
    expect(listOf('ENTRYPOINT')).toEqual(Object.keys(manifest.bin));
    const line = readCommandLine(listOf('CMD'), '1');
    expect(line).toMatchObject({ kind: 'flags', flags: { stateDir: '/state', listen: '127.0.0.1:8787' } });
    expect(file).toContain("fetch('http://127.0.0.1:8787/healthz')");
    expect(file).toContain(`@ibkit/daemon@`);
    // A file that is mounted and not read is a cap that is not there.
    expect(file).toMatch(/ibkit\.ini:ro -e IBKIT_CONFIG=\/etc\/ibkit\/ibkit\.ini/u);
  });

  it('is a unit without a fault for systemd, where there is one', async () => {
    const verified = promisify(execFile)('systemd-analyze', ['verify', path.join(DEPLOY, 'systemd', 'ibkitd.service')], { timeout: 30_000 }).then(
      ({ stderr }) => stderr,
      (error: unknown) => (error instanceof Error && 'code' in error && error.code === 'ENOENT' ? '' : String(error)),
    );
    expect((await verified).split('\n').filter((line) => line.includes('ibkitd.service'))).toEqual([]);
  });
});
