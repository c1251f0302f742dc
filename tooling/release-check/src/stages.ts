import process from 'node:process';

/** Tells what is going on and how long it took, and collects what is wrong, so that one run shows all of it. */
export class Stages {
  readonly #faults: string[] = [];

  get faults(): readonly string[] {
    return this.#faults;
  }

  fault(...texts: readonly string[]): void {
    this.#faults.push(...texts);
  }

  /** Collects what was rejected; gives what was not. */
  sort<T>(results: readonly PromiseSettledResult<T>[]): readonly T[] {
    const good: T[] = [];
    for (const result of results) {
      if (result.status === 'fulfilled') good.push(result.value);
      else this.fault(result.reason instanceof Error ? result.reason.message : String(result.reason));
    }
    return good;
  }

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = process.hrtime.bigint();
    const value = await work();
    process.stdout.write(`release check: ${name}, ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)} s\n`);
    return value;
  }
}
