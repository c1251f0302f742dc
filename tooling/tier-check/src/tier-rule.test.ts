import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const turbo = path.join(root, 'node_modules/turbo/bin/turbo');

interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

function boundaries(cwd: string): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [turbo, 'boundaries', '--no-color'], { cwd }, (error, stdout, stderr) => {
      resolve({ passed: error === null, output: `${stdout}\n${stderr}` });
    });
  });
}

/** A copy of the workspace, or of some members, with manifests, tags and sources, without any build. */
async function copyWorkspace(target: string, members?: readonly string[]): Promise<void> {
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', 'turbo.json']) await cp(path.join(root, file), path.join(target, file));
  for (const group of ['packages', 'apps', 'tooling']) {
    const wanted = (source: string): boolean => members === undefined || members.some((member) => path.join(root, member).startsWith(source) || source.startsWith(`${path.join(root, member)}/`));
    await cp(path.join(root, group), path.join(target, group), { recursive: true, filter: (source) => wanted(source) && !/\/(node_modules|dist|\.turbo)$/.test(source) });
  }
}

describe('the tier rule', () => {
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'ibkit-tiers-'));
  });
  afterEach(async () => {
    await rm(copy, { recursive: true, force: true });
  });

  const clock = (): string => path.join(copy, 'packages/clock');

  it('holds for the workspace as it is, without a build', async () => {
    await copyWorkspace(copy);
    expect(await boundaries(copy)).toMatchObject({ passed: true });
  });

  const few = (): Promise<void> => copyWorkspace(copy, ['packages/clock', 'packages/error-codes', 'packages/rate-limiter', 'tooling/presets']);

  it('holds for some of its members, which the refusals are shown with', async () => {
    await few();
    expect(await boundaries(copy)).toMatchObject({ passed: true });
  });

  it.each(['dependencies', 'devDependencies'])('refuses a package of a higher tier among the %s', async (kind) => {
    await few();
    const file = path.join(clock(), 'package.json');
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...(manifest as object), [kind]: { '@ibkit/rate-limiter': 'workspace:^' } }));
    const { passed, output } = await boundaries(copy);
    expect(passed).toBe(false);
    // For its tier, and not because the two would then need each other.
    expect(output).toContain('Package `@ibkit/rate-limiter` found without any tag listed in allowlist');
  });

  it('refuses an import that no manifest declares', async () => {
    await few();
    await writeFile(path.join(clock(), 'src/reach.ts'), "import { createBackoff } from '@ibkit/rate-limiter';\n\nexport const reach = createBackoff;\n");
    expect((await boundaries(copy)).passed).toBe(false);
  });

  it('refuses a relative import into another package', async () => {
    await few();
    await writeFile(path.join(clock(), 'src/reach.ts'), "import { describeError } from '../../error-codes/src/index.js';\n\nexport const reach = describeError;\n");
    expect((await boundaries(copy)).passed).toBe(false);
  });

  it('knows the tier of every package', async () => {
    for (const member of await readdir(path.join(root, 'packages'))) {
      const tags: unknown = JSON.parse(await readFile(path.join(root, 'packages', member, 'turbo.json'), 'utf8'));
      expect(tags, member).toMatchObject({ tags: [expect.stringMatching(/^tier-[0-7]$/)] });
    }
  });
});
