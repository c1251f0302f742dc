import { abortReason } from '@ibkit/clock';
import { UsageError, asError } from '@ibkit/error-codes';
import type { ContractFinder, ContractLike } from './contract-finder.js';
import type { ResolvedContract } from './resolved-contract.js';

/** What became of one question of a batch. */
export type ResolveOutcome =
  | { readonly query: ContractLike; readonly status: 'resolved'; readonly contract: ResolvedContract }
  | { readonly query: ContractLike; readonly status: 'failed'; readonly error: Error };

/** How far a batch is. */
export interface ResolveProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/** Options of `MarketData.resolveAll`. */
export interface ResolveAllOptions {
  /** How many questions may be open at the broker at once: 1 to 50. @defaultValue 10 */
  readonly concurrency?: number | undefined;
  /** Called after each outcome; what it throws ends the batch. */
  readonly onProgress?: ((progress: ResolveProgress) => void) | undefined;
  /** Gives the rest up. */
  readonly signal?: AbortSignal | undefined;
}

const CONCURRENCY = 10;
const MOST = 50;

/**
 * Finds many contracts, a few at a time, through reconnects. One outcome per question, in their order; what is wrong with one says nothing about
 * the others.
 * @throws UsageError for a concurrency out of its range; the signal's reason.
 */
export async function resolveBatch(finder: ContractFinder, queries: readonly ContractLike[], options: ResolveAllOptions & { readonly signal: AbortSignal }): Promise<readonly ResolveOutcome[]> {
  const { concurrency = CONCURRENCY, onProgress, signal } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > MOST) {
    throw new UsageError({ field: 'concurrency', value: concurrency, rule: `must be a whole number from 1 to ${MOST}` });
  }
  const outcomes: ResolveOutcome[] = [];
  let [next, done, failed] = [0, 0, 0];
  const work = async (): Promise<void> => {
    for (let index = next++; index < queries.length; index = next++) {
      const query = queries[index];
      if (query === undefined) continue;
      const outcome = await resolveOne(finder, query, signal);
      if (signal.aborted) throw abortReason(signal);
      outcomes[index] = outcome;
      done += 1;
      if (outcome.status === 'failed') failed += 1;
      onProgress?.(Object.freeze({ done, failed, total: queries.length }));
    }
  };
  signal.throwIfAborted();
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, queries.length) }, work));
  } finally {
    // After an abort, or when the caller's own function failed, nobody begins another one.
    next = queries.length;
  }
  return outcomes;
}

async function resolveOne(finder: ContractFinder, query: ContractLike, signal: AbortSignal): Promise<ResolveOutcome> {
  try {
    return Object.freeze({ query, status: 'resolved', contract: await finder.resolve(query, signal) });
  } catch (error) {
    return Object.freeze({ query, status: 'failed', error: asError(error) });
  }
}
