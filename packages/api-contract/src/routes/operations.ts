import type * as z from 'zod';
import type { ROUTES, RouteName } from './routes.js';

type Routes = typeof ROUTES;
type Fields<K extends RouteName, Part extends 'params' | 'query'> = Routes[K] extends Readonly<Record<Part, infer S extends z.ZodType>> ? z.infer<S> : unknown;
type Body<K extends RouteName> = Routes[K] extends { readonly body: infer S extends z.ZodType } ? { readonly body: z.infer<S> } : unknown;

/** What an operation is given: the parameters of path and query together, and the body. */
export type OperationInput<K extends RouteName> = Readonly<Fields<K, 'params'> & Fields<K, 'query'>> & Body<K>;

/** What an operation answers. */
export type OperationOutput<K extends RouteName> = z.infer<Routes[K]['response']>;

/** How an operation is called. */
export interface OperationOptions {
  /** Of operations that place something: the same key with the same request never acts twice. */
  readonly idempotencyKey?: string | undefined;
  /** Gives up waiting. What was sent to the broker stays sent. */
  readonly signal?: AbortSignal | undefined;
}

/** One operation. */
export type Operation<K extends RouteName> = (input: OperationInput<K>, options?: OperationOptions) => Promise<OperationOutput<K>>;

/** Operations that only the daemon itself can do, because they are about it. */
export type DaemonOperationName = 'healthz' | 'tokens' | 'createToken' | 'revokeToken' | 'createTicket' | 'connections';

/** Operations over a broker connection: the daemon serves them, and the command line does the same in its own process. */
export type BrokerOperationName = Exclude<RouteName, DaemonOperationName>;

/** Every operation over a broker connection. */
export type BrokerOperations = { readonly [K in BrokerOperationName]: Operation<K> };

/** Every operation of the daemon. */
export type DaemonOperations = { readonly [K in RouteName]: Operation<K> };
