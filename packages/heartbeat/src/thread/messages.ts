/** What a worker is started with. */
export interface WatchData {
  readonly kind: '@ibkit/heartbeat';
  readonly buffer: SharedArrayBuffer;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly stallToleranceMs: number;
  readonly stallChannel: string | undefined;
}

/** What a worker says to the loop that it watches. */
export type WorkerMessage =
  | { readonly type: 'probe' }
  | { readonly type: 'stall'; readonly stalledMs: number }
  | { readonly type: 'silent'; readonly silentMs: number; readonly probes: number; readonly beats: number };

/** Whether a thread was started to watch. */
export function isWatchData(value: unknown): value is WatchData {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === '@ibkit/heartbeat';
}
