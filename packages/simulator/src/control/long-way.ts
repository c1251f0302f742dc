/** A longer way is gone in pieces of this many market milliseconds, so that clients can read what it causes. */
const PIECE_MS = 60_000;

/** What {@link goLongWay} needs. */
export interface LongWay {
  /** Market milliseconds in all. */
  readonly ms: number;
  /** Moves the clock by one piece. */
  readonly move: (ms: number) => void;
  /** Resolves when the clients that read have what was written. */
  readonly pause: () => Promise<void>;
  /** Whether the simulator was closed meanwhile. */
  readonly isOver: () => boolean;
}

/**
 * Moves the clock in pieces. Ticks of hours or days that are due at once would be more than a connection may leave unread, and even a client that reads would be cut,
 * because it could not read before all was written.
 */
export async function goLongWay({ ms, move, pause, isOver }: LongWay): Promise<void> {
  let left = ms;
  for (; left > PIECE_MS && !isOver(); left -= PIECE_MS) {
    move(PIECE_MS);
    await pause();
  }
  if (!isOver()) move(left);
}
