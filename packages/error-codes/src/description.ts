/** What part of the product a code is about; there is one error class per category. */
export type ErrorCategory =
  | 'connection'
  | 'pacing'
  | 'marketData'
  | 'historical'
  | 'contract'
  | 'request'
  | 'order'
  | 'account'
  | 'system'
  | 'unclassified';

/** How far a code reaches: one request, one order, the whole connection, or the data farm that its text names. */
export type ErrorScope = 'request' | 'order' | 'connection' | 'farm';

/**
 * What a code does to the thing that it is about.
 *
 * - `info`, `warning`: nothing ends; the request, order or stream lives on.
 * - `degraded`, `restored`: a link or farm went down, or came back.
 * - `requestFailed`: the request or subscription with this id gets no (more) data.
 *   A code does not know what its id is: on the id of an order, the order is dead, as with `orderRejected`.
 * - `orderRejected`, `orderCancelled`: the order is dead.
 * - `cancelVerdict`: a cancel or modify request was refused; the order keeps the state that it had.
 * - `sessionEnding`: the server closes this socket, or the session cannot be used.
 */
export type ErrorEffect =
  | 'info'
  | 'warning'
  | 'degraded'
  | 'restored'
  | 'requestFailed'
  | 'orderRejected'
  | 'orderCancelled'
  | 'cancelVerdict'
  | 'sessionEnding';

/**
 * What a program does about a code.
 *
 * - `throttleAndRetry`: slow down, wait `waitMs`, send the same request again at most `maxRetries` times (look-ups only, never orders).
 * - `reconnect`: this socket is of no use; make a new one under the usual back-off.
 * - `watchdogRecovery`: keep the socket and wait for the broker's link to come back.
 * - `resubscribe`: open the streams again with fresh request ids, after `waitMs`.
 * - `reconcile`: read orders, executions and positions again before deciding anything.
 * - `ignore`: note it and go on.
 * - `reject`: hand it to the caller; the same request cannot work as it is.
 */
export type ErrorStrategy =
  | { readonly kind: 'throttleAndRetry'; readonly waitMs: number; readonly maxRetries: number }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'watchdogRecovery' }
  | { readonly kind: 'resubscribe'; readonly waitMs: number }
  | { readonly kind: 'reconcile' }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'reject' };

/** Everything that is known about one broker code. */
export interface ErrorDescription {
  /** The number that TWS or IB Gateway sent. */
  readonly code: number;
  /** A short camelCase name; absent when the code is not in the table. */
  readonly name?: string | undefined;
  readonly category: ErrorCategory;
  readonly scope: ErrorScope;
  readonly effect: ErrorEffect;
  /** Whether the very same request may work later without a change. Never a licence to resend an order. */
  readonly retryable: boolean;
  /** What the code means, in one or two plain sentences. */
  readonly description: string;
  /** What to look at or do next, most likely cause first. */
  readonly tips: readonly string[];
  readonly strategy: ErrorStrategy;
  /** Whether the code is in the table. Unknown codes warn and keep what they concern alive. */
  readonly known: boolean;
}
