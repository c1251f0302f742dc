import path from 'node:path';
import { UsageError } from '@ibkit/error-codes';
import type { MarketDataError } from '@ibkit/error-codes';
import { ContractFile } from './contract-file.js';
import type { ContractStore } from './contract-store.js';

/** Where found contracts are kept between runs. */
export type ContractCacheSettings = {
  /**
   * Told what is wrong with the cache, once for each trouble: MarketDataError `IBKR_CONTRACT_CACHE_UNREADABLE` (the file is damaged, or is none of
   * ours and stays as it is), `IBKR_CONTRACT_CACHE_FAILED` (it cannot be read or written). @defaultValue nobody is told
   */
  readonly onProblem?: ((error: MarketDataError) => void) | undefined;
} & (
  | { /** A file of its own, made when it is missing. Several processes may share it. */ readonly file: string }
  | { /** A directory, for a file `contracts.json` in it. */ readonly directory: string }
  | { /** Another place. */ readonly store: ContractStore }
);

const FILE_NAME = 'contracts.json';

/** What the settings of a cache mean. @throws {@link UsageError} for an empty path. */
export function contractStoreOf(settings: ContractCacheSettings, capacity: number): ContractStore {
  if ('store' in settings) return settings.store;
  const file = 'file' in settings ? checkedPath('contractCache.file', settings.file) : path.join(checkedPath('contractCache.directory', settings.directory), FILE_NAME);
  return new ContractFile({ file, capacity, onProblem: settings.onProblem ?? (() => undefined) });
}

function checkedPath(field: string, value: string): string {
  if (value.trim() !== '') return value;
  throw new UsageError({ field, value, rule: 'must be a path' });
}
