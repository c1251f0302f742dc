import type { ViteUserConfig } from 'vitest/config';

export declare function tests(test?: ViteUserConfig['test']): ViteUserConfig;
