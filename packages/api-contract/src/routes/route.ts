import type * as z from 'zod';
import type { Scope } from '../service/scope.js';

/**
 * What a token that is limited to accounts gets of something: `none`: nothing in it is about an account, so all of it; `own`: what is of its accounts and no sign of others;
 * `refused`: it reaches or shows every account at once, so nothing (403 `IBKR_HTTP_ACCOUNT`).
 */
export type AccountRule = 'none' | 'own' | 'refused';

/** One route of the daemon. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Parameters are written `:name`. */
  readonly path: string;
  readonly group: 'health' | 'account' | 'market' | 'orders' | 'risk' | 'gateway' | 'flow' | 'service';
  readonly accounts: AccountRule;
  readonly summary: string;
  /** The smallest scope that may call it; absent where no token is needed. */
  readonly scope?: Scope;
  /** The parameters of the path. */
  readonly params?: z.ZodObject;
  /** The parameters of the query; unknown ones are refused. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether the header `Idempotency-Key` must be there: the same key with the same request never acts twice. */
  readonly idempotent?: true;
  readonly response: z.ZodType;
  /** The statuses of answers that are no problem, the usual one first. @defaultValue 200 */
  readonly statuses?: readonly number[];
  /** The statuses that it may answer with a problem instead. */
  readonly errors: readonly number[];
}
