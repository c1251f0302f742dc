import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const HOW_TO = fileURLToPath(new URL('../../../../docs/testing-with-the-simulator.md', import.meta.url));
const VITEST = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

const CONFIG = `import { tests } from '@ibkit/presets/vitest';\nexport default tests({ include: ['*.test.ts'], maxWorkers: 1, isolate: false });\n`;

interface Verdict {
  readonly exitCode: number;
  readonly output: string;
}

function run(folder: string): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VITEST, 'run', '--root', folder, '--config', path.join(folder, 'vitest.config.ts')], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : 1, output: `${stdout}\n${stderr}` });
    });
  });
}

describe('docs/testing-with-the-simulator.md', () => {
  it('shows tests that pass', async () => {
    const text = await readFile(HOW_TO, 'utf8');
    const snippets = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
    expect(snippets.length).toBeGreaterThan(5);
    // Inside the package, so that it resolves itself as a user's package does.
    const folder = await mkdtemp(fileURLToPath(new URL('../../snippets-', import.meta.url)));
    try {
      await writeFile(path.join(folder, 'vitest.config.ts'), CONFIG);
      for (const [index, code] of snippets.entries()) await writeFile(path.join(folder, `snippet-${index + 1}.test.ts`), code);
      const { exitCode, output } = await run(folder);
      expect(exitCode, output).toBe(0);
      expect(output).toContain(`${snippets.length} passed`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);
});
