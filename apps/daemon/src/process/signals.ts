/** The part of a process that tells about signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

/** What signals ask for. */
export interface Signals {
  /** Aborts when the process is to come to a tidy end. */
  readonly stop: AbortSignal;
  /** Calls the listener at each request to read files again. */
  readonly onReload: (listener: () => void) => void;
}

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Listens to signals. The first SIGINT or SIGTERM asks for a tidy end; the second one does not wait for it: it calls `exit` with 128 and its number.
 * SIGHUP asks a service to read its files again; to what runs in a terminal it says that the terminal is gone, which is a tidy end.
 */
export function listenToSignals(source: SignalSource, { exit, inTerminal }: { readonly exit: (code: number) => void; readonly inTerminal: boolean }): Signals {
  const stop = new AbortController();
  const listeners: (() => void)[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    source.on(signal, () => {
      if (stop.signal.aborted) exit(128 + NUMBERS[signal]);
      else stop.abort(new Error(`received ${signal}`));
    });
  }
  source.on('SIGHUP', () => {
    if (inTerminal) stop.abort(new Error('the terminal is gone'));
    else for (const listener of listeners) listener();
  });
  return { stop: stop.signal, onReload: (listener) => void listeners.push(listener) };
}
