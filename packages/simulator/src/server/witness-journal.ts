import type { ClientMessage, ServerMessage } from '@ibkit/wire';

/** What a witness entry tells about: a message from or to a client, an order, an execution, a fault, a client coming and going, or something that the test did through the control. */
export type WitnessKind = 'in' | 'out' | 'order' | 'execution' | 'fault' | 'client' | 'control';

/** One thing that the simulator saw or did, in the order in which it happened. */
export interface WitnessEntry {
  /** Grows by one per entry and never repeats, also when old entries have been dropped. */
  readonly seq: number;
  /** When it happened on the simulator's clock, epoch milliseconds UTC. */
  readonly atMs: number;
  readonly kind: WitnessKind;
  /** The client that it belongs to; undefined before a connection has said who it is, and for the server itself. */
  readonly clientId?: number | undefined;
  /** The message's type for `in` and `out`; else what happened, such as `ready`, `refused`, `half-open`, `Filled`. */
  readonly type: string;
  /** The message itself for `in` and `out`; the fact for `order` and `execution`. */
  readonly message?: ClientMessage | ServerMessage | Readonly<Record<string, unknown>> | undefined;
}

/** Which entries to read. */
export interface WitnessFilter {
  readonly kind?: WitnessKind | undefined;
  readonly clientId?: number | undefined;
  readonly type?: string | undefined;
  /** Only entries with a larger `seq`. */
  readonly afterSeq?: number | undefined;
}

/** Options of a {@link WitnessJournal}. */
export interface WitnessJournalOptions {
  readonly clock: { now(): number };
  /** How many entries are kept; the oldest go first. Above 0. */
  readonly limit: number;
}

/** How many dropped entries may stay in the array before it is compacted: keeps dropping the oldest at constant cost. */
const COMPACT_SLACK = 1024;

/** The bounded, append-only record of what the server saw: the independent witness for tests. */
export class WitnessJournal {
  readonly #clock: { now(): number };
  readonly #limit: number;
  #entries: WitnessEntry[] = [];
  #seq = 0;
  readonly #listeners = new Set<(entry: WitnessEntry) => void>();

  constructor(options: WitnessJournalOptions) {
    this.#clock = options.clock;
    this.#limit = options.limit;
  }

  /** Sequence number of the newest entry, 0 before the first. */
  get lastSeq(): number {
    return this.#seq;
  }

  append(kind: WitnessKind, type: string, about: Pick<WitnessEntry, 'clientId' | 'message'> = {}): void {
    this.#seq += 1;
    const entry: WitnessEntry = { seq: this.#seq, atMs: this.#clock.now(), kind, type, ...about };
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit + COMPACT_SLACK) this.#entries = this.#entries.slice(-this.#limit);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls for every entry from now on, as it is made; the returned function ends that. Listeners must not throw. */
  watch(listener: (entry: WitnessEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The entries that match, oldest first; a copy. */
  read(filter: WitnessFilter = {}): readonly WitnessEntry[] {
    const kept = this.#entries.slice(-this.#limit);
    return kept.filter(
      (entry) =>
        (filter.kind === undefined || entry.kind === filter.kind) &&
        (filter.clientId === undefined || entry.clientId === filter.clientId) &&
        (filter.type === undefined || entry.type === filter.type) &&
        (filter.afterSeq === undefined || entry.seq > filter.afterSeq),
    );
  }
}
