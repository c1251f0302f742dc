/** What a queue of looks is told to do. */
interface Waiting<Seen> {
  readonly take: (signal: AbortSignal) => Promise<Seen>;
  readonly signal: AbortSignal;
  readonly resolve: (seen: Seen | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Second looks, few at a time, so that many streams that fall silent together do not become as many requests. When one look shows that the
 * broker has no answer for anybody, it speaks for all that wait.
 */
export class LookQueue<Seen> {
  readonly #most: number;
  readonly #speaksForAll: (outcome: { readonly seen: Seen } | { readonly error: unknown }) => boolean;
  readonly #waiting: Waiting<Seen>[] = [];
  #running = 0;

  constructor(options: { readonly most: number; readonly speaksForAll: (outcome: { readonly seen: Seen } | { readonly error: unknown }) => boolean }) {
    this.#most = options.most;
    this.#speaksForAll = options.speaksForAll;
  }

  /** Looks in its turn; resolves with `undefined` when the signal aborts, and rejects with what the look threw. */
  take(take: (signal: AbortSignal) => Promise<Seen>, signal: AbortSignal): Promise<Seen | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ take, signal, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < this.#most) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.signal.aborted) {
        next.resolve(undefined);
        continue;
      }
      this.#running += 1;
      void this.#run(next);
    }
  }

  async #run({ take, signal, resolve, reject }: Waiting<Seen>): Promise<void> {
    try {
      const seen = await take(signal);
      if (!signal.aborted && this.#speaksForAll({ seen })) for (const other of this.#waiting.splice(0)) other.resolve(other.signal.aborted ? undefined : seen);
      resolve(signal.aborted ? undefined : seen);
    } catch (error) {
      if (!signal.aborted && this.#speaksForAll({ error })) {
        for (const other of this.#waiting.splice(0)) {
          if (other.signal.aborted) other.resolve(undefined);
          else other.reject(error);
        }
      }
      if (signal.aborted) resolve(undefined);
      else reject(error);
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}
