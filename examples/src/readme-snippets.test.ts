import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './run-program.js';
import { SimulatedDaemon } from './simulated-daemon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Snippet {
  readonly name: string;
  readonly code: string;
}

async function snippetsOf(file: string): Promise<readonly Snippet[]> {
  const text = await readFile(path.join(root, file), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match, index) => ({ name: `${file} #${index + 1}`, code: match[1] ?? '' }));
}

const files = ['README.md', ...(await readdir(path.join(root, 'packages'))).sort().map((name) => path.join('packages', name, 'README.md'))];
const snippets = (await Promise.all(files.map(snippetsOf))).flat();

describe('README snippets', () => {
  let simulator: Simulator;
  let daemon: SimulatedDaemon;
  let dir: string;
  beforeAll(async () => {
    simulator = await createSimulator();
    daemon = await SimulatedDaemon.start();
    // Inside this member, so that the packages resolve as they do for a user.
    dir = await mkdtemp(fileURLToPath(new URL('../snippets-', import.meta.url)));
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await simulator.close();
    await rm(dir, { recursive: true });
  });

  it('exist for every package', () => {
    const without = files.filter((file) => !snippets.some(({ name }) => name.startsWith(`${file} `)));
    expect(without).toEqual([]);
  });

  // The snippets speak of the usual ports; here the simulator and the daemon have others.
  it.each(snippets)('$name runs', async ({ name, code }) => {
    const file = path.join(dir, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.ts`);
    await writeFile(file, code.replaceAll(/\b(4002|7497)\b/g, String(simulator.port)).replaceAll('http://127.0.0.1:8787', daemon.url));
    const { exitCode, stderr } = await runProgram(file, [], { IBKIT_TOKEN: daemon.token });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
