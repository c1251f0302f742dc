import { sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { asError, isIbkrError } from '@ibkit/error-codes';
import { describeQuery, normalizeQuery, queryKey } from './contract-query.js';
import type { ContractQuery } from './contract-query.js';
import type { ContractResolver } from './contract-resolver.js';
import type { LinkWatch } from '../streams/link-watch.js';
import { isResolved, lineKey } from './resolved-contract.js';
import type { ResolvedContract } from './resolved-contract.js';

/** What names a contract: a symbol (`AAPL`, `AAPL  261218C00200000`), some of its fields, or the result of an earlier look-up. */
export type ContractLike = string | ContractQuery | ResolvedContract;

/** What happens once a contract is found, or cannot be. */
export interface WhenFound {
  readonly found: (contract: ResolvedContract) => void;
  readonly failed: (error: Error) => void;
}

/** Errors that say nothing about the contract: the question is asked again in the next session. */
const SESSION_CODES: ReadonlySet<string> = new Set(['IBKR_NOT_CONNECTED', 'IBKR_SESSION_CLOSED']);

/** Between two tries when the link does not say that it is down. */
const PAUSE_MS = 250;

/**
 * A text that is equal for equal ways to name a contract.
 * @throws UsageError for a contract that cannot be understood.
 */
export function contractKey(contract: ContractLike): string {
  return typeof contract !== 'string' && isResolved(contract) ? lineKey(contract) : queryKey(normalizeQuery(contract));
}

/**
 * How to call a contract in a message.
 * @throws UsageError for a contract that cannot be understood.
 */
export function contractName(contract: ContractLike): string {
  return typeof contract !== 'string' && isResolved(contract) ? contract.localSymbol : describeQuery(normalizeQuery(contract));
}

/** Finds contracts for streams, which can wait: where a look-up would fail because the connection is down, it is made later. */
export class ContractFinder {
  readonly #clock: Clock;
  readonly #link: LinkWatch;
  readonly #resolver: ContractResolver;

  constructor(options: { readonly clock: Clock; readonly link: LinkWatch; readonly resolver: ContractResolver }) {
    this.#clock = options.clock;
    this.#link = options.link;
    this.#resolver = options.resolver;
  }

  /**
   * Calls back with the contract, in this very turn when it is known already; after an abort not at all. What `found` throws is a failure too, and is
   * told in a later turn: whoever began this has no listener yet.
   */
  find(contract: ContractLike, signal: AbortSignal, then: WhenFound): void {
    const failed = (error: unknown): void => {
      if (!signal.aborted) then.failed(asError(error));
    };
    const found = (resolved: ResolvedContract): void => {
      if (signal.aborted) return;
      try {
        then.found(resolved);
      } catch (error) {
        queueMicrotask(() => {
          failed(error);
        });
      }
    };
    const known = this.#resolver.peek(contract);
    if (known === undefined) this.resolve(contract, signal).then(found, failed);
    else found(known);
  }

  /** Finds a contract, in a later session if the present one ends meanwhile. @throws the errors of a look-up; the signal's reason. */
  async resolve(contract: ContractLike, signal: AbortSignal): Promise<ResolvedContract> {
    for (;;) {
      await this.#link.session(signal);
      try {
        return await this.#resolver.resolve(contract, signal);
      } catch (error) {
        if (!isIbkrError(error) || !SESSION_CODES.has(error.code)) throw error;
        await sleep(this.#clock, PAUSE_MS, { signal });
      }
    }
  }
}
