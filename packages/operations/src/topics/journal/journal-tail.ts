import { sleep } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { asError } from '@ibkit/error-codes';
import { JournalOrders } from '@ibkit/gateway-trading';
import type { JournalledOrder } from '@ibkit/gateway-trading';
import type { TopicJournal, TopicJournalEntry } from './topic-journal.js';

/** What one entry of the journal did. */
export interface TailEntry {
  readonly entry: TopicJournalEntry;
  /** The order that it changed. */
  readonly change: JournalledOrder | undefined;
}

/** Who follows the journal. */
export interface TailListener {
  entry(entry: TailEntry): void;
  /** It could not be read; it is tried again. */
  failed(error: Error): void;
  /** It was read to its end: from now on every entry is news. */
  ready(): void;
}

/** Entries after which a long read lets others run. */
const PER_TURN = 200;
const RETRY_MS = 1000;
/** Of a journal that tells nobody about its appends. */
const POLL_MS = 250;
/** What a snapshot of the audit trail holds. */
const NEWEST = 50;

/** Follows a journal as long as somebody listens, and keeps what its records make of the orders. */
export class JournalTail {
  readonly orders = new JournalOrders();
  readonly #clock: Clock;
  readonly #journal: TopicJournal;
  readonly #listeners = new Set<TailListener>();
  readonly #newest: TailEntry[] = [];
  #seq = 0;
  #epoch: string | undefined;
  #isReady = false;
  #dirty = false;
  #pumping = false;
  #timer: Timer | undefined;
  #off: (() => void) | undefined;

  constructor({ clock, journal }: { readonly clock: Clock; readonly journal: TopicJournal }) {
    this.#clock = clock;
    this.#journal = journal;
  }

  /** Of the last entry that was taken; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Which journal it is, told by its first entry: the same after every restart, another for another journal. */
  get epoch(): string {
    return this.#epoch ?? 'empty';
  }

  /** Whether it was read to its end once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The newest entries, oldest first. */
  get newest(): readonly TailEntry[] {
    return this.#newest;
  }

  /** Follows it, until the returned function is called. */
  listen(listener: TailListener): () => void {
    this.#listeners.add(listener);
    this.#off ??= this.#journal.onAppended?.(() => {
      void this.#pump();
    });
    void this.#pump();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#off?.();
      this.#off = undefined;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  /** Every entry after a position and what it did then, up to the end at the time of the call. */
  async *history(after: number): AsyncGenerator<TailEntry, void, undefined> {
    const orders = new JournalOrders();
    let read = 0;
    for await (const entry of this.#journal.read(1)) {
      const change = orders.apply(entry.record);
      if (entry.seq > after) yield { entry, change };
      read += 1;
      if (read % PER_TURN === 0) await sleep(this.#clock, 0);
    }
  }

  async #pump(): Promise<void> {
    this.#dirty = true;
    if (this.#pumping) return;
    this.#pumping = true;
    try {
       
      while (this.#dirty && this.#listeners.size > 0) {
        this.#dirty = false;
        await this.#read();
      }
      this.#wait(POLL_MS, this.#off === undefined);
    } catch (error) {
      const failure = asError(error);
      for (const listener of [...this.#listeners]) listener.failed(failure);
      this.#wait(RETRY_MS, true);
    } finally {
      this.#pumping = false;
    }
    // An append while the last words were said.
     
    if (this.#dirty && this.#timer === undefined && this.#listeners.size > 0) void this.#pump();
  }

  async #read(): Promise<void> {
    let read = 0;
    if (this.#seq === 0 || (await this.#journal.head()).seq > this.#seq) {
      for await (const entry of this.#journal.read(this.#seq + 1)) {
        this.#take(entry);
        read += 1;
        if (read % PER_TURN === 0) await sleep(this.#clock, 0);
      }
    }
    if (this.#isReady) return;
    this.#isReady = true;
    for (const listener of [...this.#listeners]) listener.ready();
  }

  #take(entry: TopicJournalEntry): void {
    this.#epoch ??= nameOf(entry);
    this.#seq = entry.seq;
    const told = { entry, change: this.orders.apply(entry.record) };
    this.#newest.push(told);
    if (this.#newest.length > NEWEST) this.#newest.shift();
    if (this.#isReady) for (const listener of [...this.#listeners]) listener.entry(told);
  }

  #wait(delayMs: number, needed: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!needed || this.#listeners.size === 0) return;
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      void this.#pump();
    }, { keepAlive: false });
  }
}

/** A short name of a journal from its first entry: not a secret and no proof, only enough that two journals are not taken for one. */
function nameOf({ seq, term, record, hash }: TopicJournalEntry): string {
  // FNV-1a, twice with different beginnings.
  const text = `${seq} ${term} ${hash ?? ''} ${JSON.stringify(record)}`;
  let [low, high] = [0x811c9dc5, 0x01000193];
  for (let index = 0; index < text.length; index += 1) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(index), 0x85ebca6b);
  }
  return `j${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`;
}
