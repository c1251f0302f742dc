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
    // The types are checked by `check:code`; here they are only written down.
    dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: null, noCheck: true } },
    target: 'node20',
    sourcemap: true,
    clean: true,
    splitting: false,
    ...overrides,
  });
}

/**
 * Overrides for a library that reads `import.meta.url`, as those do that start worker threads: gives the CommonJS build one, too.
 * tsup's own shim breaks in folders such as `C#`, since it does not escape the path.
 */
export const FILE_URL_IN_BOTH = {
  /** @param {{ format: import('tsup').Format }} context */
  banner: ({ format }) => (format === 'cjs' ? { js: `"use strict";const importMetaUrl = require('node:url').pathToFileURL(__filename).href;` } : {}),
  /**
   * @param {import('esbuild').BuildOptions} options
   * @param {{ format: import('tsup').Format }} context
   */
  esbuildOptions(options, { format }) {
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': 'importMetaUrl' };
  },
};
