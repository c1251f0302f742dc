import type { ErrorCategory, ErrorEffect, ErrorScope, ErrorStrategy } from './description.js';

/** One code of the table. */
export interface CodeRecord {
  readonly code: number;
  readonly name: string;
  readonly category: ErrorCategory;
  readonly scope: ErrorScope;
  readonly effect: ErrorEffect;
  readonly retryable: boolean;
  readonly description: string;
  readonly tips: readonly string[];
  readonly strategy: ErrorStrategy;
}

/** What the codes of one group have in common. */
export type CodeDefaults = Pick<CodeRecord, 'category' | 'scope' | 'effect' | 'retryable' | 'strategy'>;

/** A row of a data file: `[code, name, description, tips, what differs from the group]`. */
export type CodeRow = readonly [
  code: number,
  name: string,
  description: string,
  tips: readonly string[],
  differences?: Partial<CodeDefaults>,
];

/** Turns the rows of a group into frozen records. */
export function codeGroup(defaults: CodeDefaults, rows: readonly CodeRow[]): readonly CodeRecord[] {
  return rows.map(([code, name, description, tips, differences]) =>
    Object.freeze({ ...defaults, ...differences, code, name, description, tips: Object.freeze([...tips]) }),
  );
}
