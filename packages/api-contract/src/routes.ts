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
}

/** Every route of this version by name: the one list that the daemon serves, its clients call and documents come from. */
export const ROUTES = {
  healthz: { method: 'GET', path: '/healthz', summary: 'Whether the process answers', response: livenessSchema },
  readyz: { method: 'GET', path: '/readyz', summary: 'Whether data and trading are ready', scope: 'read', response: readinessSchema },
  status: { method: 'GET', path: '/v1/status', summary: 'Connection and health, layer by layer', scope: 'read', response: statusSchema },
  accounts: { method: 'GET', path: '/v1/accounts', summary: 'Accounts and their summary values', scope: 'read', response: accountsSchema },
  positions: { method: 'GET', path: '/v1/positions', summary: 'Positions of all accounts', scope: 'read', response: positionsSchema },
  quote: { method: 'GET', path: '/v1/quotes/:symbol', summary: 'The present quote of a symbol', scope: 'read', response: quoteSchema },
} as const satisfies Readonly<Record<string, Route>>;

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
