import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ROUTES } from '@ibkit/api-contract';
import type { ApiProblem, RouteName, Scope } from '@ibkit/api-contract';
import { ConnectionError } from '@ibkit/error-codes';
import type { ListenAddress } from '../options.js';
import type { TokenStore } from '../token-store.js';
import { guard } from './guard.js';
import { problem, problemOf } from './problem.js';

/** An answer of a route: a status when it is not 200, and the body. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** What a route's handler gets of a request. */
export interface RouteRequest {
  readonly parameters: Readonly<Record<string, string>>;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

/** The handler of each route. */
export type Handlers = Readonly<Record<RouteName, (request: RouteRequest) => Promise<Answer>>>;

/** What the API server is made from. */
export interface ApiServerOptions {
  readonly handlers: Handlers;
  /** The text of `GET /metrics` and its content type. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly tokens: TokenStore;
  /** Told about every failure that the caller is not shown. */
  readonly onFailure: (error: unknown, route: string) => void;
}

const BODY_LIMIT_BYTES = 65_536;
const REQUEST_TIMEOUT_MS = 30_000;

function send(reply: FastifyReply, found: ApiProblem): FastifyReply {
  if (found.status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(found.status).type('application/problem+json').send(JSON.stringify(found));
}

/** Serves the routes of `@ibkit/api-contract` on loopback. */
export class ApiServer {
  readonly #fastify: FastifyInstance;
  readonly #options: ApiServerOptions;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#fastify = Fastify({ bodyLimit: BODY_LIMIT_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true, logger: false });
    this.#fastify.addHook('onRequest', (_request, reply, done) => {
      void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" });
      done();
    });
    this.#fastify.setNotFoundHandler((request, reply) => this.#guarded(request.raw.url ?? '', request.headers, undefined, reply) ?? send(reply, problem(404, 'IBKR_HTTP_NOT_FOUND', 'Not found', 'There is no such route.')));
    this.#fastify.setErrorHandler((error, request, reply) => {
      const found = problemOf(error);
      if (found.status >= 500) options.onFailure(error, request.routeOptions.url ?? 'unknown');
      return send(reply, found);
    });
    for (const name of routeNames()) this.#serve(name);
    this.#fastify.get('/metrics', async (request, reply) => {
      const refused = this.#guarded(request.raw.url ?? '', request.headers, 'read', reply);
      if (refused !== undefined) return await refused;
      const { contentType, text } = await options.metrics();
      return await reply.type(contentType).send(text);
    });
  }

  #guarded(url: string, headers: Readonly<Record<string, string | string[] | undefined>>, scope: Scope | undefined, reply: FastifyReply): FastifyReply | undefined {
    const single = (name: string): string | undefined => {
      const value = headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    const found = guard({ host: single('host'), origin: single('origin'), authorization: single('authorization'), url }, scope, this.#options.tokens);
    return found === undefined ? undefined : send(reply, found);
  }

  #serve(name: RouteName): void {
    const route: { readonly path: string; readonly scope?: Scope; readonly method: 'GET' } = ROUTES[name];
    this.#fastify.get<{ Params: Record<string, string> }>(route.path, async (request, reply) => {
      const refused = this.#guarded(request.raw.url ?? '', request.headers, route.scope, reply);
      if (refused !== undefined) return await refused;
      const gone = new AbortController();
      const onClose = (): void => {
        gone.abort(new Error('the caller went away'));
      };
      reply.raw.once('close', onClose);
      const { status = 200, body } = await this.#options.handlers[name]({ parameters: request.params, signal: gone.signal });
      reply.raw.off('close', onClose);
      // The contract decides what leaves: a field that it does not know stays inside.
      return await reply.code(status).type('application/json').send(JSON.stringify(ROUTES[name].response.parse(body)));
    });
  }

  /**
   * Starts to listen and resolves with the URL.
   * @throws ConnectionError `IBKR_HTTP_LISTEN` when the port is taken or may not be used.
   */
  async listen({ host, port }: ListenAddress): Promise<string> {
    try {
      return await this.#fastify.listen({ host, port });
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      throw new ConnectionError({
        code: 'IBKR_HTTP_LISTEN',
        message: taken ? `Port ${port} on ${host} is taken: another daemon may be running. Choose another with --listen ${host}:PORT, or 0 for a free one.` : `Cannot listen on ${host}:${port}.`,
        cause: error,
      });
    }
  }

  /** Ends every request and stops to listen. Idempotent. */
  async close(): Promise<void> {
    await this.#fastify.close();
  }
}

function routeNames(): readonly RouteName[] {
  return ['healthz', 'readyz', 'status', 'accounts', 'positions', 'quote'];
}
