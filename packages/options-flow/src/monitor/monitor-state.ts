import type { OptionsFlowError } from '../client/flow-error.js';

/** Whether the monitor hears the service. */
export type FlowMonitorStatus =
  /** Not started. */
  | 'idle'
  /** The last call succeeded. */
  | 'polling'
  /** The last call failed; the next one waits longer. */
  | 'backingOff'
  /** It ended by itself: the key is not accepted. */
  | 'stopped'
  | 'closed';

/** How the monitor is. */
export interface FlowMonitorState {
  readonly status: FlowMonitorStatus;
  /** Since when, epoch milliseconds. */
  readonly sinceMs: number;
  /** When the service answered last, epoch milliseconds. */
  readonly answeredAtMs: number | undefined;
  /** Whether the last prediction about any of the tickers was heard longer than `staleAfterMs` ago: what is known may be history. */
  readonly stale: boolean;
  /** About which. */
  readonly staleTickers: readonly string[];
  /** Failures in a row. */
  readonly failures: number;
  /** The last of them. */
  readonly error: Error | undefined;
  /** When it asks again, epoch milliseconds; `undefined` while it is asking or does not ask. */
  readonly nextAtMs: number | undefined;
}

/** Whether a failure is one that no waiting cures. */
export function isFinal(error: OptionsFlowError): boolean {
  return error.code === 'IBKR_FLOW_UNAUTHORISED' || error.code === 'IBKR_FLOW_CLOSED';
}
