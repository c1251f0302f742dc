import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { Scratch } from '../testing/scratch.js';
import { configuredDriver, readDriverSettings } from './driver-settings.js';

describe('settings of a driver', () => {
  it('say how the gateway is run', () => {
    expect(readDriverSettings({ driver: 'external' })).toEqual({ driver: 'external' });
    expect(readDriverSettings({ driver: 'direct', program: '/opt/gw', args: 'a, b' })).toEqual({ driver: 'direct', program: '/opt/gw', args: ['a', 'b'] });
    expect(readDriverSettings({ driver: 'direct', program: '/opt/gw' })).toEqual({ driver: 'direct', program: '/opt/gw', args: [] });
    expect(readDriverSettings({ driver: 'ibc', script: '/opt/ibc/s.sh', version: '1037', credentials_file: '/etc/login', ibc_path: '/opt/ibc' })).toEqual({ driver: 'ibc', script: '/opt/ibc/s.sh', version: '1037', credentialsFile: '/etc/login', twsPath: undefined, ibcPath: '/opt/ibc' });
  });

  it.each<[Readonly<Record<string, string>>, RegExp]>([
    [{}, /gateway-process\.driver must be external, direct or ibc/],
    [{ driver: 'toString' }, /gateway-process\.driver must be/],
    [{ driver: 'direct' }, /gateway-process\.program must be given/],
    [{ driver: 'direct', program: 'run.sh' }, /gateway-process\.program must be an absolute path/],
    [{ driver: 'external', program: '/opt/gw' }, /gateway-process\.program is not a known key/],
    [{ driver: 'ibc', script: '/s', passwort: 'hidden' }, /passwort is not a known key[^]*version must be given[^]*credentials_file must be given/],
  ])('%j is refused with everything that is wrong', (section, text) => {
    expect(() => readDriverSettings(section)).toThrow(text);
    expect(() => readDriverSettings(section)).not.toThrow(/hidden/);
  });
});

describe.skipIf(process.platform === 'win32')('the login of IBC', () => {
  it('comes from a file of this user alone, and reaches neither arguments nor environment', async () => {
    await using place = await Scratch.make();
    const file = path.join(place.directory, 'login');
    const driver = configuredDriver({ driver: 'ibc', script: '/opt/ibc/s.sh', version: '1037', credentialsFile: file }, { mode: 'paper', env: { PATH: '/bin', TWSPASSWORD: 'hidden' }, clock: createTestClock() });
    const plan = async (): Promise<string> => JSON.stringify(await driver.plan?.({ directory: place.directory, port: 4002 }));
    await expect(plan()).rejects.toThrow(/credentials_file must name a file that can be read/);
    await writeFile(file, 'user=me-myself\n', { mode: 0o600 });
    await expect(plan()).rejects.toThrow(/must hold the lines user=\.\.\. and password=\.\.\./);
    await writeFile(file, 'user=me-myself\npassword=hidden\n');
    await chmod(file, 0o640);
    await expect(plan()).rejects.toThrow(/only this user can read/);
    await chmod(file, 0o600);
    const planned = await plan();
    expect([planned.includes('me-myself'), planned.includes('hidden'), planned.includes('/opt/ibc/s.sh')]).toEqual([false, false, true]);
  });
});
