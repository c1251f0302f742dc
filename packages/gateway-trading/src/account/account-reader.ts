import type { AccountSummary, Position } from './account-data.js';
import type { BrokerLists } from '../broker/broker-lists.js';
import { SharedRequest } from '../broker/shared-request.js';

/** What an {@link AccountReader} needs. */
export interface AccountReaderOptions {
  readonly lists: BrokerLists;
  readonly timeoutMs: number;
}

/** Reads complete lists about accounts; what is asked twice at the same time is asked once. */
export class AccountReader {
  readonly #positions: SharedRequest<readonly Position[]>;
  readonly #summary: SharedRequest<readonly AccountSummary[]>;

  constructor({ lists, timeoutMs }: AccountReaderOptions) {
    this.#positions = new SharedRequest(() => lists.positions({ timeoutMs }));
    this.#summary = new SharedRequest(() => lists.accountSummary({}, { timeoutMs }));
  }

  positions(signal?: AbortSignal): Promise<readonly Position[]> {
    return this.#positions.get(signal);
  }

  summary(signal?: AbortSignal): Promise<readonly AccountSummary[]> {
    return this.#summary.get(signal);
  }
}
