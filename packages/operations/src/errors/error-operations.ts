import type { BrokerOperations } from '@ibkit/api-contract';
import { describeError } from '@ibkit/error-codes';
import type { RecentErrors } from './recent-errors.js';

const ERRORS = 500;

/** What a code means, and what went wrong lately. */
export function errorOperations({ errors }: { readonly errors: RecentErrors }): Pick<BrokerOperations, 'error' | 'errors'> {
  return {
    error: ({ code }) => {
      const { known, description, category, scope, effect, retryable, tips } = describeError(code);
      return Promise.resolve({ code, known, description, category, scope, effect, retryable, tips: [...tips] });
    },
    errors: ({ limit = ERRORS }) => Promise.resolve({ errors: errors.newest(limit) }),
  };
}
