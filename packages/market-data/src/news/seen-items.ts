const MOST_REMEMBERED = 2000;

/** Remembers the latest items, so that none is told twice. */
export class SeenItems {
  readonly #keys = new Set<string>();

  /** Whether an item was not seen before, as far as is remembered; it is from now on. */
  isNew(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    if (this.#keys.size > MOST_REMEMBERED) {
      const [oldest] = this.#keys;
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    return true;
  }
}
