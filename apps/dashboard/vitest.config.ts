import { tests } from '@ibkit/presets/vitest';
import { preact } from '@preact/preset-vite';
import { mergeConfig } from 'vitest/config';

export default mergeConfig(tests(), { plugins: [preact({ devToolsEnabled: false })], test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/testing/setup.ts'], isolate: true } });
