/** Counts updates and stops the command once there are enough. */
export class Budget {
  #left: number;
  readonly #end: () => void;

  constructor(updates: number, end: () => void) {
    this.#left = updates;
    this.#end = end;
  }

  /** Whether one more update may be printed. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    if (this.#left === 0) this.#end();
    return true;
  }
}
