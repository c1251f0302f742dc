import type { LineWants } from './line-machine.js';
import { QuoteLine } from './quote-line.js';
import type { LineReader, QuoteLineDeps } from './quote-line.js';
import { lineKey } from './resolved-contract.js';
import type { ResolvedContract } from './resolved-contract.js';

/** The open lines: one per contract and route, however many read it. */
export class LineRegistry {
  readonly #deps: QuoteLineDeps;
  readonly #lines = new Map<string, QuoteLine>();

  constructor(deps: QuoteLineDeps) {
    this.#deps = deps;
  }

  /** How many lines are open at the broker, those that linger included. */
  get size(): number {
    return this.#lines.size;
  }

  /** The open line of a contract. */
  find(contract: ResolvedContract): QuoteLine | undefined {
    return this.#lines.get(lineKey(contract));
  }

  /** Lets somebody read a contract's line, which is opened when nobody read it before. */
  acquire(contract: ResolvedContract, reader: LineReader, wants: LineWants): QuoteLine {
    const key = lineKey(contract);
    const open = this.#lines.get(key);
    const line =
      open ??
      new QuoteLine({
        contract,
        deps: this.#deps,
        onClosed: () => {
          this.#lines.delete(key);
        },
      });
    if (open === undefined) this.#lines.set(key, line);
    line.acquire(reader, wants);
    return line;
  }

  /** Ends all lines. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
  }
}
