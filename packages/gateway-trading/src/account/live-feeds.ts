import type { LiveSource } from './live-source.js';
import type { LiveStream } from './live-stream.js';

/** Something that keeps a value up to date as long as somebody reads it. */
export interface LiveFeed<T extends object> {
  readonly source: LiveSource<T>;
  /** Ends it at the broker; its readers were told before. */
  close(): Promise<void>;
}

/** The feeds of one kind by what they are about: however many read the same, the broker is asked once. */
export class LiveFeeds<T extends object> {
  readonly #feeds = new Map<string, LiveFeed<T>>();

  get size(): number {
    return this.#feeds.size;
  }

  /** A reader of the feed with this key. `make` is called when there is none; it must call the function that it gets once nobody reads any more, or when the feed ended. */
  open(key: string, make: (onOver: () => Promise<void>) => LiveFeed<T>): LiveStream<T> {
    const known = this.#feeds.get(key);
    if (known !== undefined) return known.source.open();
    const feed: LiveFeed<T> = make(() => {
      if (this.#feeds.get(key) === feed) this.#feeds.delete(key);
      return feed.close();
    });
    this.#feeds.set(key, feed);
    return feed.source.open();
  }

  /** Ends every reader and every feed. */
  async close(error: Error | undefined): Promise<void> {
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    for (const { source } of feeds) source.end(error);
    await Promise.all(feeds.map((feed) => feed.close()));
  }
}
