import type { IbkrError } from '@ibkit/error-codes';
import type { ConnectionCircuit } from '../options.js';
import { circuitOpenError } from './circuit-breaker.js';
import type { CircuitBreakerState, CircuitTrial } from './circuit-breaker.js';

/** Why no attempt may be made now, and for how long, in milliseconds. */
export interface CircuitRefusal {
  readonly delayMs: number;
  readonly error: IbkrError;
}

export interface CircuitGateOptions {
  readonly circuit: ConnectionCircuit | undefined;
  /** How long to wait for the end of somebody else's trial, in milliseconds. */
  readonly trialMs: number;
  readonly lastError: () => IbkrError | undefined;
  readonly onChange: (state: CircuitBreakerState) => void;
}

/** A circuit breaker, or none, between a connection and its attempts. */
export class CircuitGate {
  readonly #options: CircuitGateOptions;
  readonly #stop: (() => void) | undefined;

  constructor(options: CircuitGateOptions) {
    this.#options = options;
    this.#stop = options.circuit?.onStateChange(options.onChange);
  }

  /** Why the next attempt must wait; absent when it need not. */
  get refusal(): CircuitRefusal | undefined {
    const { circuit, trialMs, lastError } = this.#options;
    if (circuit === undefined || circuit.state === 'closed') return undefined;
    const { retryAfterMs } = circuit;
    if (circuit.state === 'open' && retryAfterMs <= 0) return undefined;
    // During somebody else's trial there is no time at which it ends.
    return { delayMs: retryAfterMs > 0 ? retryAfterMs : trialMs, error: circuitOpenError(retryAfterMs, lastError()) };
  }

  /** Leave for one attempt. Whoever asks for one outright gets it without. */
  admit(): CircuitTrial | undefined {
    return this.refusal === undefined ? this.#options.circuit?.acquire() : undefined;
  }

  /** Stops listening to a breaker that may be shared. */
  close(): void {
    this.#stop?.();
  }
}
