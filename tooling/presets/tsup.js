import { defineConfig } from 'tsup';

/**
 * One library build: ESM and CommonJS with declarations for both.
 * @param {string[] | Record<string, string>} [entry] entry files; a second one becomes a subpath export
 * @param {import('tsup').Options} [overrides]
 */
export function library(entry = ['src/index.ts'], overrides = {}) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    // tsup 8 injects baseUrl into its declaration build, which TypeScript 6 reports as deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: null } },
    target: 'node20',
    sourcemap: true,
    clean: true,
    splitting: false,
    ...overrides,
  });
}
