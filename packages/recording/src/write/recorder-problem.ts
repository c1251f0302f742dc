import type { SystemError } from '@ibkit/error-codes';

/**
 * What goes wrong while recording: `writeFailed` every time that the disk refuses (it is asked again after `retryInMs`), `syncFailed` when it could not say
 * that rows are safe, `stalled` when it has not answered for 10 s (once, until it answers), `lossBegan` when the memory for waiting rows is full, `lossEnded` when rows are kept again and a gap was recorded.
 */
export type RecorderProblem =
  | { readonly type: 'writeFailed'; readonly atMs: number; readonly error: SystemError; readonly retryInMs: number }
  | { readonly type: 'syncFailed'; readonly atMs: number; readonly error: SystemError }
  | { readonly type: 'stalled'; readonly atMs: number; readonly silentMs: number; readonly pendingBytes: number }
  | { readonly type: 'lossBegan'; readonly atMs: number; readonly pendingBytes: number }
  | { readonly type: 'lossEnded'; readonly atMs: number; readonly fromMs: number; readonly toMs: number; readonly lost: number };

/** What a recorder has done so far. */
export interface RecorderStats {
  /** `failing`: the disk refuses at the moment; `stalled`: it has not answered for 10 s. */
  readonly state: 'recording' | 'failing' | 'stalled' | 'closing' | 'closed';
  /** Rows that were taken, gaps included. */
  readonly rows: number;
  /** Rows that came and were not kept. */
  readonly lost: number;
  /** Rows and bytes that the disk has taken. */
  readonly writtenRows: number;
  readonly writtenBytes: number;
  /** Bytes that wait for the disk. */
  readonly pendingBytes: number;
  /** Segments that were sealed since the recorder was opened. */
  readonly sealedSegments: number;
  /** Number that the next row will have. */
  readonly nextSeq: number;
}
