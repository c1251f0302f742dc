/** Closes what was opened, in reverse order, once. One failure does not keep the rest open. */
export class Teardown {
  #steps: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Registers an object with a `close`, and gives it back. */
  own<T extends { close(): unknown }>(resource: T): T {
    this.#steps.push(() => resource.close());
    return resource;
  }

  /**
   * Runs every step. Idempotent: a second call waits for the first.
   * @throws the first failure, after everything else was closed.
   */
  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    this.#steps = [];
    if (failures.length > 0) throw failures[0];
  }
}
