/** Asks once for everybody who asks while the answer is under way. What is not under way is asked anew: nothing is cached. */
export class SharedRequest<T> {
  readonly #ask: () => Promise<T>;
  #underWay: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** The answer to the question that is under way, or to a new one. */
  get(): Promise<T> {
    this.#underWay ??= this.#ask().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }
}
