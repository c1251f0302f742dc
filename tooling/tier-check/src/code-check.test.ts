import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = path.join(here, '../..');
const check = path.join(here, 'node_modules/@ibkit/presets/code-check/main.js');
const workshop = path.join(here, 'node_modules/@ibkit/presets/code-check/workshop.js');

interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

function checkMember(cwd: string, address = ''): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [check], { cwd, env: { ...process.env, CODE_CHECK_WORKSHOP: address } }, (error, stdout, stderr) => {
      resolve({ passed: error === null, output: `${stdout}\n${stderr}` });
    });
  });
}

/** Whether somebody listens there. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => {
      resolve(false);
    });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

describe('the check of types and rules', () => {
  let member: string;
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(member, name), text);

  beforeEach(async () => {
    member = await mkdtemp(path.join(tmpdir(), 'ibkit-member-'));
    await mkdir(path.join(member, 'src'));
    await symlink(path.join(here, 'node_modules'), path.join(member, 'node_modules'));
    await write('package.json', JSON.stringify({ name: 'stranger', type: 'module' }));
    await write('tsconfig.json', JSON.stringify({ extends: path.join(root, 'tsconfig.base.json'), include: ['src'] }));
    await write('eslint.config.js', "import { lint } from '@ibkit/presets/eslint';\n\nexport default lint({ rootDir: import.meta.dirname });\n");
    await write('src/index.ts', "import { wait } from './below.js';\n\nexport function later(): Promise<void> {\n  return wait();\n}\n");
    await write('src/below.d.ts', 'export declare function wait(): Promise<void>;\n');
  });
  afterEach(async () => {
    await rm(member, { recursive: true, force: true });
  });

  it('refuses a wrong type, and what a rule that needs types forbids', async () => {
    await write('src/wrong.ts', "export const count: number = 'one';\n");
    await write('src/floating.ts', "import { later } from './index.js';\n\nexport function start(): void {\n  later();\n}\n");
    const { passed, output } = await checkMember(member);
    expect(passed).toBe(false);
    expect(output).toContain('TS2322');
    expect(output).toContain('no-floating-promises');
  });

  it('passes what is right in a workshop, which notices that a declaration changed', async () => {
    const address = path.join(member, 'workshop');
    const open = spawn(process.execPath, [workshop, address, '1'], { stdio: ['pipe', 'ignore', 'inherit'] });
    try {
      while (!(await answers(address))) continue;
      expect(await checkMember(member, address)).toMatchObject({ passed: true });
      await write('src/below.d.ts', 'export declare function wait(): number;\n');
      const { passed, output } = await checkMember(member, address);
      expect(passed).toBe(false);
      expect(output).toContain('TS2322');
    } finally {
      open.stdin.end();
      await once(open, 'exit');
    }
  });
});
