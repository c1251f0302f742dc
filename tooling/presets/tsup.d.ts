import type { Options } from 'tsup';

export declare function library(entry?: string[] | Record<string, string>, overrides?: Options): Options;

export declare const FILE_URL_IN_BOTH: Pick<Options, 'banner' | 'esbuildOptions'>;
