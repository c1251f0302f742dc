import { setMaxListeners } from 'node:events';
import { abortReason } from '@ibkit/clock';

/** Pages of items, oldest first; asks only for the next page once the one before was read. */
export type PageSource<T> = (signal: AbortSignal) => AsyncGenerator<readonly T[], void>;

/** How a {@link PagedStream} is made. */
export interface PagedStreamOptions<T> {
  readonly pages: PageSource<T>;
  /** Ends it with the signal's reason. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Called right before an item is handed over. */
  readonly onItem?: ((item: T) => void) | undefined;
  /** Called once, when nothing more can come. */
  readonly onEnd?: (() => void) | undefined;
}

/**
 * Items for one reader, who decides the pace: never more than one page is held. Leaving the loop and `close()` end it quietly and cancel what
 * is under way; an aborted signal makes it reject, so that a part is never taken for the whole.
 */
export class PagedStream<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #options: PagedStreamOptions<T>;
  readonly #stop = new AbortController();
  readonly #pages: AsyncGenerator<readonly T[], void>;
  readonly #offs: (() => void)[] = [];
  #page: readonly T[] = [];
  #at = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #state: 'open' | 'closed' | 'ended' = 'open';
  #ended: Promise<void> | undefined;

  constructor(options: PagedStreamOptions<T>) {
    this.#options = options;
    // Pacer, link and request all listen to it in turn.
    setMaxListeners(0, this.#stop.signal);
    this.#pages = options.pages(this.#stop.signal);
    for (const signal of options.signals) this.#watch(signal);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#turn.then(() => this.#next());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    return this.close().then(() => ({ done: true, value: undefined }));
  }

  /** Ends it quietly. Resolves once what was under way is cancelled. Idempotent. */
  close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
    this.#stop.abort(new Error('the reader left'));
    this.#ended ??= this.#turn.then(() => this.#finish());
    return this.#ended;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    while (this.#state === 'open') {
      // Before what is held: an abort means now.
      if (this.#stop.signal.aborted) return this.#fail(abortReason(this.#stop.signal));
      if (this.#at < this.#page.length) {
        const item = this.#page[this.#at];
        this.#at += 1;
        if (item === undefined) continue;
        this.#options.onItem?.(item);
        return { done: false, value: item };
      }
      await this.#load();
    }
    return { done: true, value: undefined };
  }

  async #load(): Promise<void> {
    try {
      const page = await this.#pages.next();
      this.#page = page.done === true ? [] : page.value;
      this.#at = 0;
      if (page.done === true) await this.#finish();
    } catch (error) {
      if (this.#isOpen()) await this.#fail(error);
    }
  }

  // A method, because the state changes while a page is awaited.
  #isOpen(): boolean {
    return this.#state === 'open';
  }

  async #fail(error: unknown): Promise<never> {
    await this.#finish();
    throw error;
  }

  async #finish(): Promise<void> {
    const first = this.#state !== 'ended';
    this.#state = 'ended';
    this.#page = [];
    for (const off of this.#offs.splice(0)) off();
    await this.#pages.return();
    if (first) this.#options.onEnd?.();
  }

  #watch(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.#stop.abort(abortReason(signal));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#offs.push(() => {
      signal.removeEventListener('abort', onAbort);
    });
  }
}
