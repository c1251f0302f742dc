import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';

// The notices of what is bundled are not called licences: pnpm leaves our own LICENSE out of a tarball that has a file so named anywhere.
// One page, its script and its style, without inline code: the daemon serves them under a strict content security policy.
export default defineConfig({
  root: 'src',
  base: './',
  plugins: [preact({ devToolsEnabled: false })],
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0, sourcemap: false, license: { fileName: 'third-party-notices.md' } },
});
