/** Shared by every copy of this package in the process. */
const OWNED = Symbol.for('@ibkit/journal/owned-locks');

function isSet(value: unknown): value is Set<string> {
  return value instanceof Set;
}

/**
 * The lock files that this very process holds, by the nonce of their owner. The locks of the operating system are between processes: a
 * second look from the same one would find such a file free, and closing it would set it free.
 */
export function ownedLocks(): Set<string> {
  const known: unknown = Reflect.get(globalThis, OWNED);
  if (isSet(known)) return known;
  const made = new Set<string>();
  Reflect.set(globalThis, OWNED, made);
  return made;
}
