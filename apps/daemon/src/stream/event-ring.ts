import type { TopicChange, TopicGap, TopicStale } from '@ibkit/operations';

/** What a topic can tell again. */
export type RingEvent = TopicChange | TopicGap | TopicStale;

/** The newest events of a topic: at most so many, and of a volatile topic not older than so long. */
export class EventRing {
  readonly #most: number;
  readonly #keepMs: number;
  #events: { readonly event: RingEvent; readonly atMs: number }[] = [];
  #start = 0;
  /** Every event after this position is here. */
  #from: number;

  /** @param keepMs Infinity keeps them however old */
  constructor({ most, keepMs, from }: { readonly most: number; readonly keepMs: number; readonly from: number }) {
    this.#most = most;
    this.#keepMs = keepMs;
    this.#from = from;
  }

  /** How many it holds. */
  get size(): number {
    return this.#events.length - this.#start;
  }

  /** The position after which nothing is missing. */
  get from(): number {
    return this.#from;
  }

  /** Takes the next event. @param nowMs on the monotonic clock */
  push(event: RingEvent, nowMs: number): void {
    this.#events.push({ event, atMs: nowMs });
    this.trim(nowMs);
  }

  /** Lets go of what is too old. */
  trim(nowMs: number): void {
    for (;;) {
      const oldest = this.#events[this.#start];
      if (oldest === undefined || (this.size <= this.#most && nowMs - oldest.atMs <= this.#keepMs)) break;
      this.#from = oldest.event.position;
      this.#start += 1;
    }
    // Moved together only when half of it is empty: each event is moved once at most.
    if (this.#start > 64 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Every event after a position, oldest first; `undefined` when some of them are gone. */
  after(position: number): readonly RingEvent[] | undefined {
    if (position < this.#from) return undefined;
    let [low, high] = [this.#start, this.#events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.event.position ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low).map(({ event }) => event);
  }
}
