import type { Clock, Timer } from '@ibkit/clock';
import type { IbkrError } from '@ibkit/error-codes';
import type { CircuitGate } from '../circuit/circuit-gate.js';
import { PortWatch } from '../session/port-watch.js';

/** What a wait is for. */
export interface WaitFor {
  readonly epoch: number;
  readonly delayMs: number;
  /** What failed. */
  readonly error: IbkrError;
  /** The port to look at meanwhile; absent when nobody should knock there. */
  readonly port?: number | undefined;
}

export interface AttemptWaitOptions {
  readonly clock: Clock;
  readonly host: string;
  /** When to look at the port first, and how long after a look for the next at the most, in milliseconds. */
  readonly look: { readonly firstMs: number; readonly thenMs: number };
  readonly gate: CircuitGate;
  /** The wait begins, or is longer than was said. */
  readonly onScheduled: (scheduled: { readonly epoch: number; readonly error: IbkrError; readonly delayMs: number; readonly atMs: number }) => void;
  readonly onElapsed: (epoch: number) => void;
  /** The port was seen to refuse. The wait goes on until `stop()`. */
  readonly onPortRefused: (epoch: number) => void;
}

/** The wait between two attempts: one timer, a look at the port now and then, and the circuit breaker's word at the end. */
export class AttemptWait {
  readonly #options: AttemptWaitOptions;
  #timer: Timer | undefined;
  #portWatch: PortWatch | undefined;
  #epoch = 0;
  #endsAtMs: number | undefined;

  constructor(options: AttemptWaitOptions) {
    this.#options = options;
  }

  /** When the next attempt starts, epoch milliseconds; absent while none is waited for. */
  get endsAtMs(): number | undefined {
    return this.#endsAtMs;
  }

  start({ epoch, delayMs, error, port }: WaitFor): void {
    this.#schedule(epoch, delayMs, error);
    if (port !== undefined) this.#watch(epoch, port);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#portWatch?.stop();
    this.#portWatch = undefined;
    this.#endsAtMs = undefined;
  }

  /** The circuit breaker has opened: a wait that would end too early becomes longer. */
  circuitOpened(): void {
    const { gate, clock } = this.#options;
    const { refusal } = gate;
    if (this.#endsAtMs === undefined || refusal === undefined || clock.now() + refusal.delayMs <= this.#endsAtMs) return;
    this.stop();
    this.#schedule(this.#epoch, refusal.delayMs, refusal.error);
  }

  #schedule(epoch: number, delayMs: number, error: IbkrError): void {
    const { clock, gate, onElapsed, onScheduled } = this.#options;
    const atMs = clock.now();
    this.#epoch = epoch;
    this.#endsAtMs = atMs + delayMs;
    this.#timer = clock.setTimer(delayMs, () => {
      this.stop();
      const { refusal } = gate;
      if (refusal === undefined) onElapsed(epoch);
      else this.#schedule(epoch, refusal.delayMs, refusal.error);
    });
    onScheduled({ epoch, error, delayMs, atMs });
  }

  /** A gateway that closes its port while we wait is restarting: then its return must not be missed. */
  #watch(epoch: number, port: number): void {
    const { clock, host, look, onPortRefused } = this.#options;
    // A listener of the event may have ended the wait.
    if (this.#timer === undefined || this.#epoch !== epoch) return;
    this.#portWatch = new PortWatch({
      host,
      port,
      clock,
      ...look,
      onRefused: () => {
        onPortRefused(epoch);
      },
    });
  }
}
