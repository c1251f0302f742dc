import { onAbort } from '@ibkit/clock';
import { UsageError, isIbkrError } from '@ibkit/error-codes';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { lineKey } from '../contracts/resolved-contract.js';
import type { ResolvedContract } from '../contracts/resolved-contract.js';
import type { LineCounting } from '../quotes/line-registry.js';
import type { KeptLineDeps } from '../streams/kept-line.js';
import { DepthLine } from './depth-line.js';
import { TOO_MANY_BOOKS } from './depth-notice.js';
import { BookSubscription } from './depth-subscription.js';
import type { DepthSubscription } from './depth-subscription.js';

/** Which book is wanted. */
export interface DepthOptions {
  /** Rows on each side, 1 to 50. @defaultValue 10 */
  readonly rows?: number | undefined;
  /** One book of all exchanges. @defaultValue true for contracts that are routed by `SMART`, which have no other book */
  readonly smart?: boolean | undefined;
  /** Ends the subscription quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link DepthBooks} works with. */
export interface DepthBooksDeps extends KeptLineDeps {
  readonly finder: ContractFinder;
  readonly budget: LineCounting | undefined;
  readonly onListenerError: ((error: unknown, type: string) => void) | undefined;
}

const DEFAULT_ROWS = 10;
/** TWS API: at most so many rows are sent. */
const MOST_ROWS = 50;

/** The open books. One at the broker for everybody who wants the same one, or fewer rows of it: most users may have three. */
export class DepthBooks {
  readonly #deps: DepthBooksDeps;
  readonly #lines = new Set<DepthLine>();
  readonly #subscriptions = new Set<BookSubscription>();

  constructor(deps: DepthBooksDeps) {
    this.#deps = deps;
  }

  /** Opens one. @throws UsageError for a contract or a number of rows that cannot be understood; everything else ends it. */
  open(contract: ContractLike, options: DepthOptions): DepthSubscription {
    const { rows = DEFAULT_ROWS, smart, signal } = options;
    if (!Number.isSafeInteger(rows) || rows < 1 || rows > MOST_ROWS) throw new UsageError({ field: 'rows', value: rows, rule: `must be a whole number from 1 to ${MOST_ROWS}` });
    let offAbort = (): void => undefined;
    const subscription = new BookSubscription({
      clock: this.#deps.clock,
      name: `market depth of ${contractName(contract)}`,
      rows,
      onListenerError: this.#deps.onListenerError,
      onEnded: () => {
        this.#subscriptions.delete(subscription);
        offAbort();
      },
    });
    if (signal?.aborted === true) {
      subscription.end(undefined);
      return subscription;
    }
    this.#subscriptions.add(subscription);
    if (signal !== undefined) {
      offAbort = onAbort(signal, () => {
        subscription.end(undefined);
      });
    }
    this.#deps.finder.find(contract, subscription.signal, {
      found: (resolved) => {
        subscription.opened(this.#line(resolved, rows, smart ?? resolved.exchange === 'SMART'));
      },
      failed: (error) => {
        subscription.end(error);
      },
    });
    return subscription;
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await Promise.all([...this.#lines].map((line) => line.close()));
  }

  #line(contract: ResolvedContract, rows: number, smart: boolean): DepthLine {
    const key = lineKey(contract);
    const open = [...this.#lines].find((line) => lineKey(line.contract) === key && line.smart === smart && line.rows >= rows);
    if (open !== undefined) return open;
    const lease = this.#deps.budget?.take({ kind: 'depth', key });
    const line = new DepthLine(this.#deps, {
      contract,
      rows,
      smart,
      onClosed: (error: Error | undefined) => {
        this.#lines.delete(line);
        if (isIbkrError(error) && error.brokerCode === TOO_MANY_BOOKS) lease?.refused();
        else lease?.release();
      },
    });
    this.#lines.add(line);
    return line;
  }
}
