import type * as z from 'zod';
import { accountsSchema, positionsSchema } from './account.js';
import { livenessSchema, readinessSchema } from './health.js';
import { quoteSchema } from './market.js';
import { statusSchema } from './status.js';

/** What a token may do; each scope includes the ones before it. */
export const SCOPES = ['read', 'trade', 'admin'] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** One route of the daemon. */
export interface Route {
  readonly method: 'GET';
  /** Parameters are written `:name`. */
  readonly path: string;
  readonly summary: string;
  /** The smallest scope that may call it; absent where no token is needed. */
  readonly scope?: Scope;
  readonly response: z.ZodType;
  /** The statuses that it may answer with a problem instead. */
  readonly errors: readonly number[];
}

/** Of every route: a request that is none, a foreign origin, a name that is not the daemon's, and a failure of its own. */
const ANY = [400, 403, 421, 500] as const;

/** Of every route with a scope. */
const GUARDED = [...ANY, 401] as const;

/** Of routes that ask the broker: too much at once, no connection, no answer in time. */
const ASKING = [...GUARDED, 429, 503, 504] as const;

/** Every route of this version by name: the one list that the daemon serves, its clients call and documents come from. */
export const ROUTES = {
  healthz: { method: 'GET', path: '/healthz', summary: 'Whether the process answers', response: livenessSchema, errors: ANY },
  readyz: { method: 'GET', path: '/readyz', summary: 'Whether data and trading are ready', scope: 'read', response: readinessSchema, errors: GUARDED },
  status: { method: 'GET', path: '/v1/status', summary: 'Connection and health, layer by layer', scope: 'read', response: statusSchema, errors: GUARDED },
  accounts: { method: 'GET', path: '/v1/accounts', summary: 'Accounts and their summary values', scope: 'read', response: accountsSchema, errors: ASKING },
  positions: { method: 'GET', path: '/v1/positions', summary: 'Positions of all accounts', scope: 'read', response: positionsSchema, errors: ASKING },
  quote: { method: 'GET', path: '/v1/quotes/:symbol', summary: 'The present quote of a symbol', scope: 'read', response: quoteSchema, errors: [...ASKING, 404] },
} as const satisfies Readonly<Record<string, Route>>;

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
