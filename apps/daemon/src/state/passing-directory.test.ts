import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { thisProcess } from '@ibkit/process-lock';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { PassingDirectory } from './passing-directory.js';

it('removes what killed daemons left behind, and nothing of anybody else', async () => {
  await using parent = await temporaryDirectory();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  const self = await thisProcess();
  const left = async (name: string, owner: string | undefined): Promise<void> => {
    await mkdir(path.join(parent.path, name));
    if (owner !== undefined) await writeFile(path.join(parent.path, name, 'owner.json'), owner);
  };
  const dead = JSON.stringify({ ...self, pid: child.pid });
  await left('ibkitd-simulated-dead', dead);
  await left('ibkitd-simulated-alive', JSON.stringify(self));
  await left('ibkitd-simulated-elsewhere', JSON.stringify({ ...self, pid: child.pid, host: 'another.example' }));
  await left('ibkitd-simulated-begins', undefined);
  await left('something-else', dead);
  const kept = ['ibkitd-simulated-alive', 'ibkitd-simulated-begins', 'ibkitd-simulated-elsewhere', 'something-else'];
  const passing = await PassingDirectory.make(parent.path);
  expect((await readdir(parent.path)).sort()).toEqual([...kept, path.basename(passing.path)].sort());
  await passing.close();
  await passing.close();
  expect((await readdir(parent.path)).sort()).toEqual(kept);
});
