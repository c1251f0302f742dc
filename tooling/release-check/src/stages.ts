import { readFileSync } from 'node:fs';
import process from 'node:process';

/** Processor time of this process and of all that it has waited for, in seconds; `undefined` where the system does not tell. Linux: proc(5), utime to cstime in hundredths. */
function processorSeconds(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /, '').split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  } catch {
    return undefined;
  }
}

/** Tells what is going on and how long it took, and collects what is wrong, so that one run shows all of it. Stages may run side by side. */
export class Stages {
  readonly #faults: string[] = [];
  readonly #started = process.hrtime.bigint();

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
    const began = process.hrtime.bigint();
    const value = await work();
    const now = process.hrtime.bigint();
    process.stdout.write(`release check: ${`${name},`.padEnd(62)} ${this.#seconds(began, now)} s, at ${this.#seconds(this.#started, now)} s\n`);
    return value;
  }

  /** The last line. */
  close(): void {
    const processor = processorSeconds();
    process.stdout.write(`release check: ${this.#faults.length === 0 ? 'all is well' : `${this.#faults.length} faults`}, ${this.#seconds(this.#started, process.hrtime.bigint())} s${processor === undefined ? '' : `, ${processor.toFixed(0)} s of processor time`}\n`);
  }

  #seconds(from: bigint, to: bigint): string {
    return (Number(to - from) / 1e9).toFixed(1).padStart(5);
  }
}
