import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ROUTES } from '@ibkit/api-contract';
import type { ApiProblem, Scope } from '@ibkit/api-contract';
import { ConnectionError } from '@ibkit/error-codes';
import type { ListenAddress } from '../options.js';
import type { TokenStore } from '../token-store.js';
import { onClientFault } from './client-fault.js';
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

/** The routes that are served so far. */
export type ServedRoute = 'healthz' | 'readyz' | 'status' | 'accounts' | 'positions' | 'quote';

/** The handler of each route. */
export type Handlers = Readonly<Record<ServedRoute, (request: RouteRequest) => Promise<Answer>>>;

/** What callers may use up. */
export interface ApiLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** For a whole request to arrive, in milliseconds. */
  readonly requestMs: number;
  /** Silence of a socket in either direction, in milliseconds; longer than any answer may take. */
  readonly idleMs: number;
  readonly connections: number;
}

/** What the API server is made from. */
export interface ApiServerOptions {
  readonly handlers: Handlers;
  /** The text of `GET /metrics` and its content type. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly tokens: TokenStore;
  /** Told about every answer: the path of its route (`none` when there is no such route) and its status. */
  readonly onAnswer: (route: string, status: number) => void;
  /** Told about every failure that the caller is not shown. */
  readonly onFailure: (error: unknown, route: string) => void;
  readonly limits?: Partial<ApiLimits> | undefined;
}

/** The limits that apply when nothing else is said. */
export const DEFAULT_API_LIMITS: ApiLimits = Object.freeze({ bodyBytes: 65_536, headerBytes: 16_384, requestMs: 10_000, idleMs: 30_000, connections: 256 });

/** How often Node looks for requests that arrive too slowly, as a part of their deadline. */
const CHECKS_PER_DEADLINE = 4;

/** As bytes: to a text fastify would add a charset, which JSON media types do not have (RFC 8259). */
function sendJson(reply: FastifyReply, type: string, body: unknown): FastifyReply {
  return reply.type(type).send(Buffer.from(JSON.stringify(body)));
}

function send(reply: FastifyReply, found: ApiProblem): FastifyReply {
  if (found.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (found.retryable && found.status >= 429) void reply.header('retry-after', '1');
  return sendJson(reply.code(found.status), 'application/problem+json', found);
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

function newFastify(limits: ApiLimits): FastifyInstance {
  const { bodyBytes, headerBytes, requestMs, idleMs, connections } = limits;
  const fastify = Fastify({
    logger: false,
    bodyLimit: bodyBytes,
    requestTimeout: requestMs,
    connectionTimeout: idleMs,
    keepAliveTimeout: idleMs,
    forceCloseConnections: true,
    http: { maxHeaderSize: headerBytes, headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: requestMs / CHECKS_PER_DEADLINE },
    clientErrorHandler: onClientFault,
    frameworkErrors: (error, _request, reply) => {
      void send(reply, problemOf(error));
    },
  });
  fastify.server.maxConnections = connections;
  return fastify;
}

/** Serves the routes of `@ibkit/api-contract` on loopback. */
export class ApiServer {
  readonly #fastify: FastifyInstance;
  readonly #options: ApiServerOptions;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#fastify = newFastify({ ...DEFAULT_API_LIMITS, ...options.limits });
    this.#fastify.addHook('onRequest', (_request, reply, done) => {
      void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" });
      done();
    });
    this.#fastify.addHook('onResponse', (request, reply, done) => {
      options.onAnswer(routeOf(request), reply.statusCode);
      done();
    });
    this.#fastify.setNotFoundHandler((request, reply) => this.#guarded(request, undefined, reply) ?? send(reply, problem(404, 'IBKR_HTTP_NOT_FOUND', 'Not found', 'There is no such route.')));
    this.#fastify.setErrorHandler((error, request, reply) => {
      const found = problemOf(error);
      // What the gateway does or does not do is told to the caller; what is left is a fault of ours.
      if (found.status === 500) options.onFailure(error, routeOf(request));
      return send(reply, found);
    });
    for (const name of routeNames()) this.#serve(name);
    this.#fastify.get('/metrics', async (request, reply) => {
      const refused = this.#guarded(request, 'read', reply);
      if (refused !== undefined) return await refused;
      const { contentType, text } = await options.metrics();
      return await reply.type(contentType).send(text);
    });
  }

  #guarded({ raw, headers }: FastifyRequest, scope: Scope | undefined, reply: FastifyReply): FastifyReply | undefined {
    const { host, origin, authorization } = headers;
    const found = guard({ host, origin, authorization, url: raw.url ?? '' }, scope, this.#options.tokens);
    return found === undefined ? undefined : send(reply, found);
  }

  #serve(name: ServedRoute): void {
    const route: { readonly path: string; readonly scope?: Scope; readonly method: 'GET' } = ROUTES[name];
    this.#fastify.get<{ Params: Record<string, string> }>(route.path, async (request, reply) => {
      const refused = this.#guarded(request, route.scope, reply);
      if (refused !== undefined) return await refused;
      const gone = new AbortController();
      const onClose = (): void => {
        gone.abort(new Error('the caller went away'));
      };
      reply.raw.once('close', onClose);
      try {
        const { status = 200, body } = await this.#options.handlers[name]({ parameters: request.params, signal: gone.signal });
        // The contract decides what leaves: a field that it does not know stays inside.
        return await sendJson(reply.code(status), 'application/json', ROUTES[name].response.parse(body));
      } catch (error) {
        // Nobody is left to answer, and a caller that hangs up is no failure.
        if (gone.signal.aborted) return await reply.hijack();
        throw error;
      } finally {
        reply.raw.off('close', onClose);
      }
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
      const reason = taken ? 'it is taken, another daemon may be running' : error instanceof Error ? error.message : String(error);
      throw new ConnectionError({
        code: 'IBKR_HTTP_LISTEN',
        message: `Cannot listen on port ${port} of ${host}: ${reason}. Choose another with --listen ${host}:PORT, or 0 for a free one.`,
        cause: error,
      });
    }
  }

  /** Ends every request and stops to listen. Idempotent. */
  async close(): Promise<void> {
    await this.#fastify.close();
  }
}

function routeNames(): readonly ServedRoute[] {
  return ['healthz', 'readyz', 'status', 'accounts', 'positions', 'quote'];
}
