import type { CodeRecord } from './code-record.js';
import { PACING_CODES } from './codes/pacing.js';

/** Every group of the table; no code is in two of them. */
export const CODE_GROUPS: readonly (readonly CodeRecord[])[] = [PACING_CODES];

/** The table by code. */
export const CODE_TABLE: ReadonlyMap<number, CodeRecord> = new Map(CODE_GROUPS.flat().map((record) => [record.code, record]));
