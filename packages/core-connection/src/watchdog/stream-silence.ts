/** A stream as far as its silence goes; `ConnectionManager.streams` has it. */
export interface StreamActivity {
  /** Tells streams apart. */
  readonly id: number;
  readonly name: string;
  readonly status: 'pending' | 'active' | 'interrupted' | 'ended';
  /** Messages so far. */
  readonly messages: number;
}

/** Notices that no stream says anything. It looks when it is asked, so that ticks cost nothing. */
export class StreamSilence {
  #counts: ReadonlyMap<number, number> = new Map();
  #silentSinceMs: number | undefined;

  /** Looks at monotonic `nowMs`. @returns how long no requested stream has said anything, in milliseconds; 0 without streams */
  look(streams: readonly StreamActivity[], nowMs: number): number {
    const active = streams.filter((stream) => stream.status === 'active');
    const before = this.#counts;
    this.#counts = new Map(active.map(({ id, messages }) => [id, messages]));
    // A stream that is new since the last look counts as life: it has not had its time yet.
    const alive = active.some(({ id, messages }) => before.get(id) !== messages);
    if (active.length === 0 || alive) this.#silentSinceMs = undefined;
    if (active.length === 0) return 0;
    this.#silentSinceMs ??= nowMs;
    return nowMs - this.#silentSinceMs;
  }

  /** Begins anew, as after the gateway has shown that it lives. */
  reset(): void {
    this.#silentSinceMs = undefined;
  }
}
