import process from 'node:process';

/** The signals that end a program in order. */
export type ShutdownSignal = 'SIGINT' | 'SIGTERM';

/** What signals do. */
export interface ShutdownSignalActions {
  readonly first: (signal: ShutdownSignal) => void;
  /** Any later one. */
  readonly again: (signal: ShutdownSignal) => void;
}

/** Listens for signals, from `listen` to `release`. */
export class ShutdownSignals {
  readonly #actions: ShutdownSignalActions;
  #signals: readonly ShutdownSignal[] = [];
  #count = 0;

  constructor(actions: ShutdownSignalActions) {
    this.#actions = actions;
  }

  /** Begins to listen. */
  listen(signals: readonly ShutdownSignal[]): void {
    this.#signals = signals;
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Leaves the signals to whoever else listens, or to the system. Idempotent. */
  release(): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal);
    this.#signals = [];
  }

  readonly #onSignal = (signal: ShutdownSignal): void => {
    this.#count += 1;
    if (this.#count === 1) this.#actions.first(signal);
    else this.#actions.again(signal);
  };
}
