import type { PackedError } from './packed-error.js';

/** How events wait and travel. */
export interface TransferLimits {
  readonly batchMs: number;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  readonly maxBuffered: number;
}

/** What a session's thread is started with. */
export interface SessionThreadData {
  readonly kind: '@ibkit/event-loop';
  readonly module: string;
  readonly data: unknown;
  readonly limits: TransferLimits;
}

/** Host to session. */
export type HostMessage =
  | { readonly type: 'request'; readonly id: number; readonly message: unknown }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'ack'; readonly count: number }
  | { readonly type: 'close' };

/** Session to host. */
export type SessionMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: PackedError }
  | { readonly type: 'events'; readonly events: readonly unknown[] }
  | { readonly type: 'lost'; readonly error: PackedError }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: PackedError }
  | { readonly type: 'closed'; readonly error: PackedError | undefined };

/** Whether a thread was started to host a session. */
export function isSessionThreadData(value: unknown): value is SessionThreadData {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === '@ibkit/event-loop';
}
