import type { IbkrErrorCode } from '@ibkit/error-codes';
import type { RowKind } from '../row.js';
import type { CompactReport } from './compact-recording.js';

/** What a thread is started with. */
export interface CompactTask {
  readonly task: '@ibkit/recording/compact';
  readonly directory: string;
  readonly into: string;
  readonly kinds?: readonly RowKind[] | undefined;
}

/** What it answers. */
export type CompactAnswer = { readonly type: 'done'; readonly report: CompactReport } | { readonly type: 'failed'; readonly code: IbkrErrorCode; readonly message: string };

/** Whether a thread was started for this. */
export function isCompactTask(value: unknown): value is CompactTask {
  return typeof value === 'object' && value !== null && 'task' in value && value.task === '@ibkit/recording/compact';
}
