import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { DaemonProgram } from '../program/daemon-program.js';

const NATIVE = '@photostructure/sqlite';

/**
 * The daemon from its sources in one file, on a clock that is so many times faster. To compile all of its sources at each of many starts would take most of
 * the time of a test.
 */
export async function bundledProgram(directory: string, speed: number): Promise<DaemonProgram> {
  const outfile = path.join(directory, 'daemon.mjs');
  const journal = createRequire(import.meta.url).resolve('@ibkit/journal/package.json');
  await build({
    entryPoints: [fileURLToPath(new URL('./daemon-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@ibkit/source'],
    // CommonJS inside asks for `require`.
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'warning',
    plugins: [{
      name: 'native',
      setup: (bundle) => {
        bundle.onResolve({ filter: /^@photostructure\/sqlite$/ }, () => ({ path: createRequire(journal).resolve(NATIVE), external: true }));
      },
    }],
  }); // prettier-ignore
  return { argv: [outfile, String(speed)], speed };
}
