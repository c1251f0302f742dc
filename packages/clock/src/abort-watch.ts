/** Those who wait for one signal, and the one listener that it has for them. */
interface Waiters {
  readonly callbacks: Set<() => void>;
  readonly fire: () => void;
}

const waitersOf = new WeakMap<AbortSignal, Waiters>();

/**
 * Calls `callback` once when the signal aborts, unless the returned function is called first. However many wait for one signal, it
 * gets one listener: Node.js takes the eleventh for a leak and warns.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const waiters = waitersOf.get(signal) ?? listenTo(signal);
  const { callbacks, fire } = waiters;
  const own = (): void => {
    callback();
  };
  callbacks.add(own);
  return () => {
    callbacks.delete(own);
    if (callbacks.size > 0 || waitersOf.get(signal) !== waiters) return;
    waitersOf.delete(signal);
    signal.removeEventListener('abort', fire);
  };
}

function listenTo(signal: AbortSignal): Waiters {
  const callbacks = new Set<() => void>();
  const fire = (): void => {
    waitersOf.delete(signal);
    // One of them may make another leave.
    for (const callback of [...callbacks]) if (callbacks.delete(callback)) callback();
  };
  const waiters: Waiters = { callbacks, fire };
  waitersOf.set(signal, waiters);
  signal.addEventListener('abort', fire, { once: true });
  return waiters;
}
