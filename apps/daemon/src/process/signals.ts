/** The part of a process that tells about signals. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

const NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * A signal that aborts at the first SIGINT or SIGTERM. The second one does not wait for the tidy end that the first one started:
 * it calls `exit` with 128 and its number.
 */
export function stopSignal(source: SignalSource, exit: (code: number) => void): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    source.on(signal, () => {
      if (stop.signal.aborted) exit(128 + NUMBERS[signal]);
      else stop.abort(new Error(`received ${signal}`));
    });
  }
  return stop.signal;
}
