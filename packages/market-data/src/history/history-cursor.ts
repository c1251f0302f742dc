import { UsageError } from '@ibkit/error-codes';
import type { BarSize } from './bar-size.js';

/** Where a stream of bars stands, as plain data (JSON): everything before `nextMs` was handed to the reader. */
export interface HistoryCursor {
  readonly version: 1;
  /** What the stream is of: a cursor of another contract, size, kind or hours is refused. */
  readonly conId: number;
  readonly exchange: string;
  readonly barSize: BarSize;
  readonly what: string;
  readonly useRth: boolean;
  /** The next bar begins here or later. Epoch milliseconds. */
  readonly nextMs: number;
  /** Where the range ends. Epoch milliseconds. */
  readonly toMs: number;
}

/** @throws {@link UsageError} when the cursor is none, or of another stream. */
export function checkCursor(cursor: HistoryCursor, expected: Omit<HistoryCursor, 'version' | 'nextMs' | 'toMs'>): HistoryCursor {
  const version: number = cursor.version;
  if (version !== 1) throw new UsageError({ field: 'resume.version', value: version, rule: 'must be 1' });
  for (const field of ['conId', 'exchange', 'barSize', 'what', 'useRth'] as const) {
    if (cursor[field] !== expected[field]) {
      throw new UsageError({ field: `resume.${field}`, value: cursor[field], rule: `must be ${expected[field]}, as the call says: a cursor goes on with the same bars only` });
    }
  }
  for (const field of ['nextMs', 'toMs'] as const) {
    if (!Number.isFinite(cursor[field])) throw new UsageError({ field: `resume.${field}`, value: cursor[field], rule: 'must be epoch milliseconds' });
  }
  return cursor;
}
