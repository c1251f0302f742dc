/** What a session module is given when its thread starts. */
export interface SessionContext {
  /** What {@link SessionOptions.data} holds: a structured clone. */
  readonly data: unknown;
  /** Aborts when the host asks the session to close. */
  readonly signal: AbortSignal;
  /**
   * Hands an event to the host, in order. Events travel in batches and wait here while the host is behind; none is dropped.
   *
   * With a `key`, an event replaces one of the same key that still waits, in its place: so quotes conflate and trades do not.
   * @returns `false` from when half of `maxBuffered` waits: slow down, or await {@link SessionContext.drained}
   * @throws {@link SystemError} with code `IBKR_LOOP_BUFFER_FULL` when `maxBuffered` events wait already
   */
  readonly emit: (event: unknown, options?: EmitOptions) => boolean;
  /** Resolves when less than half of `maxBuffered` waits. */
  readonly drained: () => Promise<void>;
}

/** How an event waits. */
export interface EmitOptions {
  /** Events of the same key stand for the same fact, of which the latest is enough: `quote AAPL`. @defaultValue none: never dropped */
  readonly key?: string | undefined;
}

/** What a session module's start gives back. */
export interface HostedSession {
  /** Answers a message of the host; what it throws or rejects with reaches the caller. The signal aborts when the caller gave up. */
  readonly request?: ((message: unknown, signal: AbortSignal) => unknown) | undefined;
  /** Ends the session, in order; events that it emits meanwhile still travel. */
  readonly close?: (() => unknown) | undefined;
}

/** What a session module must export under the name `startSession`. */
export type StartSession = (context: SessionContext) => HostedSession | undefined | PromiseLike<HostedSession | undefined>;
