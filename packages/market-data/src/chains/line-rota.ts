/** One contract, as far as the question goes who gets a line. Times are monotonic milliseconds. */
export interface RotaRow {
  /** Place in the order of nearness to the money, from 0. */
  readonly rank: number;
  /** Whether it has a line. */
  readonly watched: boolean;
  /** Since when it has its line, or had its last one. */
  readonly watchedAtMs: number;
  /** Whether what is known of it is all that can be had, and not from before a break. */
  readonly read: boolean;
  /** Whether its line has had its time: the row is complete, or was waited for long enough. */
  readonly mayLeave: boolean;
  /** How often it was read in vain since it was last complete. */
  readonly tries: number;
  /** It is not to be asked for before this. */
  readonly notBeforeMs: number;
}

/** The state of the rota. */
export interface RotaView<Row extends RotaRow> {
  readonly rows: readonly Row[];
  /** Lines that nobody has, those that are being given up counted as had. */
  readonly free: number;
  /** Lines on their way to being free. */
  readonly leaving: number;
  /** How many may be asked for now. */
  readonly mayOpen: number;
  /** Lines in all that the chain may hold. */
  readonly slots: number;
  readonly nowMs: number;
  /** Whether the chain is followed: otherwise each row is read once. */
  readonly follows: boolean;
  /** How many rows that were read may be exchanged for others now. */
  readonly exchanges: number;
}

/** Who gets a line, and who gives one up. */
export interface RotaStep<Row extends RotaRow> {
  readonly open: readonly Row[];
  readonly close: readonly Row[];
  /** Whether lines were taken from rows for others that were read before. */
  readonly exchanged: boolean;
}

/** A line that was just given is not taken away at once, whoever waits. */
const LEAST_WATCH_MS = 1000;

/**
 * Decides about the lines of a chain that has more contracts than lines.
 *
 * 1. What was not read yet, or not since the last break, comes first, the nearest to the money first. What is read, or was waited for long enough,
 *    gives its line up for it.
 * 2. Then half of the lines stay with the contracts nearest to the money; the other half goes round among the rest, and the contract
 *    that was watched longest ago is next.
 *
 * Never gives more lines than are free, and takes lines only as far as somebody waits.
 */
export function rotaStep<Row extends RotaRow>({ rows, free, leaving, mayOpen, slots, nowMs, follows, exchanges }: RotaView<Row>): RotaStep<Row> {
  const pinned = follows ? Math.floor(slots / 2) : 0;
  const isPinned = ({ rank }: Row): boolean => rank < pinned;
  const waiting = rows.filter((row) => !row.watched && row.notBeforeMs <= nowMs);
  // What was asked for in vain waits for its turn like the rest: it must not cost the others their lines again and again.
  const isUrgent = (row: Row): boolean => !row.read && (row.tries === 0 || !follows);
  const unread = waiting.filter(isUrgent).sort((a, b) => a.tries - b.tries || a.rank - b.rank);
  const again = waiting.filter((row) => !isUrgent(row) && follows).sort((a, b) => Number(isPinned(b)) - Number(isPinned(a)) || a.watchedAtMs - b.watchedAtMs || a.rank - b.rank);
  const room = Math.max(0, free);
  const open = [...unread, ...again].slice(0, Math.min(room, Math.max(0, mayOpen)));
  // Without rotation what was read stays as it is, unless there is room.
  const coming = room + Math.max(0, leaving);
  const swap = unread.length <= coming;
  const wanting = swap ? Math.min(exchanges, Math.max(0, again.length - (coming - unread.length))) : unread.length - coming;
  if (wanting === 0) return { open, close: [], exchanged: false };
  const victims = rows
    .filter((row) => row.watched && row.mayLeave && !isPinned(row) && (!swap || nowMs - row.watchedAtMs >= LEAST_WATCH_MS))
    .sort((a, b) => a.watchedAtMs - b.watchedAtMs || b.rank - a.rank);
  return { open, close: victims.slice(0, wanting), exchanged: swap && victims.length > 0 };
}
