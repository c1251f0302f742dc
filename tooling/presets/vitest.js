import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const SOURCE_CONDITIONS = ['@ibkit/source', 'module', 'node', 'development|production'];

/**
 * Tests of one workspace member, run from the sources of every package below it: no build is needed.
 * @param {import('vitest/config').ViteUserConfig['test']} [test]
 */
export function tests(test = {}) {
  return defineConfig({
    resolve: { conditions: SOURCE_CONDITIONS },
    ssr: { resolve: { conditions: SOURCE_CONDITIONS } },
    test: {
      include: ['src/**/*.test.ts'],
      typecheck: { enabled: false },
      setupFiles: [fileURLToPath(new URL('property-seed.js', import.meta.url))],
      // No module of ours has side effects or keeps state that tests could share: loading it once for all files of a worker halves the time.
      isolate: false,
      // turbo runs several members at once.
      maxWorkers: 2,
      // Loopback tests that wait for a condition get room on a busy two-core machine; they never wait for time.
      testTimeout: 40_000,
      hookTimeout: 40_000,
      // The same for expect.poll, which would give up after a second. vi.waitFor has no default of ours: the lint rules ask for a timeout at each.
      expect: { poll: { timeout: 20_000 } },
      ...test,
    },
  });
}
