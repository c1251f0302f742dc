import type { Server } from 'node:http';
import type { BlockList } from 'node:net';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ROUTES } from '@ibkit/api-contract';
import type { AccountRule, DaemonOperations, Route, RouteName, Scope } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { Caller } from '../tokens/caller.js';
import type { Quotas } from '../tokens/quotas.js';
import type { Access } from './access.js';
import { accountRefusal } from '../callers/account-refusal.js';
import { ConnectionTable } from './connection-table.js';
import { urlOf } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { jsonFault } from './json-fault.js';
import type { JsonFault } from './json-fault.js';
import { frameworkProblem } from './framework-fault.js';
import { resolveHttpLimits } from './limits.js';
import type { HttpLimits } from './limits.js';
import { createListener, listenOnPort, listenOnSocket } from './listener.js';
import { problem, problemOf } from './problem.js';
import { SECURITY_HEADERS, sendProblem } from './replies.js';
import { handleRoute } from './route-handler.js';
import { MethodTable, routeNames } from './route-table.js';
import { renewTls } from './server-tls.js';
import type { CertificateFacts, ServerTls } from './server-tls.js';
import { PAGE_POLICY } from './static-files.js';
import type { StaticFile } from './static-files.js';

/** A path beside the contract's routes that is answered with a document: metrics, descriptions of the API. */
export interface DocumentRoute {
  readonly path: string;
  /** Absent: no token is needed. */
  readonly scope?: Scope | undefined;
  /** What a token that is limited to accounts gets of it: all of it, or nothing. */
  readonly accounts: Exclude<AccountRule, 'own'>;
  readonly read: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Where to listen. */
export type ListenTarget = { readonly host: string; readonly port: number } | { readonly unix: string };

/** What the API server is made from. */
export interface ApiServerOptions {
  readonly clock: Clock;
  readonly access: Access;
  readonly quotas: Pick<Quotas, 'request'>;
  /** The operations as one caller may use them; `undefined` for routes without a token. `origin` is that of the page that calls. */
  readonly operations: (caller: Caller | undefined, origin: string | undefined) => DaemonOperations;
  readonly documents?: readonly DocumentRoute[] | undefined;
  /** Pages by path; see `staticFiles`. @defaultValue none */
  readonly pages?: ReadonlyMap<string, StaticFile> | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly tls?: ServerTls | undefined;
  /** The only addresses that may connect. @defaultValue all that can */
  readonly addresses?: BlockList | undefined;
  /** Told about every answer: the path of its route (`none` when there is no such route), its status and how long it took. */
  readonly onAnswer: (route: string, status: number, durationMs: number) => void;
  /** Told about every failure that the caller is not shown. */
  readonly onFailure: (error: unknown, route: string) => void;
}

/** The longest part of a path that is looked at, decoded. */
const LONGEST_PARAMETER = 1024;

function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'none';
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

const FAULT_CODES = { twice: 'IBKR_HTTP_BODY_AMBIGUOUS', inexact: 'IBKR_HTTP_BODY_INEXACT', deep: 'IBKR_HTTP_INPUT' } as const satisfies Readonly<Record<JsonFault['kind'], string>>;

/** What is wrong with a body that is JSON, and would be read as something else than its writer meant. */
function faultIn(text: string): UsageError | null {
  const fault = jsonFault(text);
  return fault === undefined ? null : new UsageError({ code: FAULT_CODES[fault.kind], field: fault.field, rule: fault.rule, ...(fault.value === undefined ? {} : { value: fault.value }) });
}

/** Serves the routes of `@ibkit/api-contract`. */
export class ApiServer {
  readonly #fastify: FastifyInstance;
  readonly #options: ApiServerOptions;
  readonly #connections: ConnectionTable;
  readonly #methods: MethodTable;
  readonly #callers = new WeakMap<FastifyRequest, Caller>();
  readonly #startedAt = new WeakMap<FastifyRequest, number>();
  #removeSocket: (() => Promise<void>) | undefined;
  #draining = false;
  #running = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const limits = resolveHttpLimits(options.limits);
    this.#connections = new ConnectionTable(limits.connections);
    this.#methods = new MethodTable([...(options.documents ?? []).map(({ path }) => path), ...(options.pages?.keys() ?? [])]);
    this.#fastify = Fastify({
      logger: false,
      bodyLimit: limits.bodyBytes,
      forceCloseConnections: true,
      routerOptions: { maxParamLength: LONGEST_PARAMETER },
      serverFactory: (handler) => createListener(handler, { limits, connections: this.#connections, tls: options.tls, addresses: options.addresses }),
      frameworkErrors: (error, _request, reply) => {
        void sendProblem(reply, frameworkProblem(error) ?? problemOf(error));
      },
    });
    this.#readJson();
    this.#hooks();
    for (const name of routeNames()) this.#serve(name);
    for (const document of options.documents ?? []) this.#serveDocument(document);
    for (const [path, file] of options.pages ?? []) this.#servePage(path, file);
  }

  /** The raw server, for its `upgrade` event: whoever takes it must ask `access` himself. */
  get server(): Server {
    return this.#fastify.server;
  }

  /** Open sockets, and those that there was no room for. */
  get connections(): ConnectionTable['counts'] {
    return this.#connections.counts;
  }

  /** Requests that are being answered. */
  get running(): number {
    return this.#running;
  }

  /** Marks the socket of a stream as one that has shown a token, so that it makes no room for others. */
  trust(socket: Parameters<ConnectionTable['trust']>[0]): void {
    this.#connections.trust(socket);
  }

  /**
   * Starts to listen and resolves with the URL, or `unix:PATH`.
   * @throws ConnectionError `IBKR_HTTP_LISTEN` when the port or socket is taken or may not be used.
   */
  async listen(target: ListenTarget): Promise<string> {
    await this.#fastify.ready();
    const endpoint = await this.#listen(target);
    this.#options.access.bind(endpoint);
    return urlOf(endpoint);
  }

  /** New connections are encrypted with these from now on; those that there are stay. @throws UsageError when they cannot be used; then nothing has changed */
  renewTls(tls: ServerTls): CertificateFacts {
    return renewTls(this.#fastify.server, tls);
  }

  /** From now on every request is answered with 503 and `Retry-After`, but for the liveness probe and the metrics; what is running goes on. */
  drain(): void {
    this.#draining = true;
  }

  /** Ends every request and stops to listen. Idempotent. */
  async close(): Promise<void> {
    await this.#fastify.close();
    // It was not fastify that made it listen.
    await closed(this.#fastify.server);
    await this.#removeSocket?.();
    this.#removeSocket = undefined;
  }

  async #listen(target: ListenTarget): Promise<Endpoint> {
    const { server } = this.#fastify;
    if ('unix' in target) {
      this.#removeSocket = await listenOnSocket(server, target.unix);
      return { kind: 'unix', path: target.unix };
    }
    const port = await listenOnPort(server, target);
    return { kind: 'tcp', scheme: this.#options.tls === undefined ? 'http' : 'https', host: target.host, port };
  }

  #readJson(): void {
    const parse = this.#fastify.getDefaultJsonParser('error', 'error');
    this.#fastify.removeAllContentTypeParsers();
    this.#fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      // Many clients name the type also when they send nothing.
      const text = body.toString();
      if (text === '') done(null, undefined);
      else void parse(request, text, (error, value) => { done(error ?? faultIn(text), value); });
    });
  }

  #hooks(): void {
    const { clock, onAnswer, onFailure } = this.#options;
    this.#fastify.addHook('onRequest', async (request, reply) => {
      this.#running += 1;
      // Also of a caller that went away, whose request never gets as far as an answer.
      reply.raw.once('close', () => {
        this.#running -= 1;
      });
      this.#startedAt.set(request, clock.monotonic());
      void reply.headers(SECURITY_HEADERS);
      if (this.#options.tls !== undefined) void reply.header('strict-transport-security', 'max-age=31536000');
      const refused = this.#options.access.screen(request.raw) ?? this.#stopping(request);
      if (refused !== undefined) await sendProblem(reply, refused);
    });
    this.#fastify.addHook('onResponse', (request, reply, done) => {
      const nowMs = clock.monotonic();
      onAnswer(routeOf(request), reply.statusCode, nowMs - (this.#startedAt.get(request) ?? nowMs));
      done();
    });
    this.#fastify.setNotFoundHandler((request, reply) => {
      const allowed = this.#methods.of(request.url.split('?', 1)[0] ?? '');
      const tooMany = this.#options.access.anonymous(request.raw);
      if (tooMany !== undefined) return sendProblem(reply, tooMany);
      if (allowed.length === 0) return sendProblem(reply, problem(404, 'IBKR_HTTP_NOT_FOUND', 'Not found', 'There is no such route: /openapi.json lists them.'));
      return sendProblem(reply.header('allow', allowed.join(', ')), problem(405, 'IBKR_HTTP_METHOD', 'Method not allowed', `This route takes ${allowed.join(', ')}.`));
    });
    this.#fastify.setErrorHandler((error, request, reply) => {
      const found = frameworkProblem(error) ?? problemOf(error);
      // What the gateway does or does not do is told to the caller; what is left is a fault of ours.
      if (found.status === 500) onFailure(error, routeOf(request));
      return sendProblem(reply, found);
    });
  }

  #stopping({ routeOptions: { url } }: FastifyRequest): ReturnType<typeof problem> | undefined {
    if (!this.#draining || url === ROUTES.healthz.path || url === '/metrics') return undefined;
    return problem(503, 'IBKR_DAEMON_STOPPING', 'Stopping', 'The daemon is stopping and takes nothing new. Working orders stay at the broker.', { retryable: true, retryAfterMs: 5000, errorClass: 'SystemError' });
  }

  /** Lets a request to what needs `scope` pass, or answers it. Runs before its body is read. */
  async #admit(request: FastifyRequest, reply: FastifyReply, scope: Scope | undefined, accounts: AccountRule): Promise<void> {
    if (scope === undefined) {
      const tooMany = this.#options.access.anonymous(request.raw);
      if (tooMany !== undefined) await sendProblem(reply, tooMany);
      return;
    }
    const admission = this.#options.access.authorize(request.raw, scope);
    if (!admission.ok) {
      await sendProblem(reply, admission.problem);
      return;
    }
    this.#connections.trust(request.raw.socket);
    this.#options.quotas.request(admission.caller, scope === 'read' ? 'read' : 'trade');
    if (accounts === 'refused' && admission.caller.accounts !== undefined) throw accountRefusal('This is about every account at once: use a token without that limit.');
    this.#callers.set(request, admission.caller);
  }

  #serve(name: RouteName): void {
    const { path, method, scope, accounts }: Route = ROUTES[name];
    this.#fastify.route({
      method, url: path,
      onRequest: (request, reply) => this.#admit(request, reply, scope, accounts),
      handler: (request, reply) => {
        const { origin } = request.headers;
        return handleRoute(name, request, reply, {
          operations: this.#options.operations(this.#callers.get(request), origin),
          onFailure: (error) => {
            this.#options.onFailure(error, path);
          },
        });
      },
    });
  }

  #serveDocument({ path, scope, accounts, read }: DocumentRoute): void {
    this.#fastify.get(path, { onRequest: (request, reply) => this.#admit(request, reply, scope, accounts) }, async (_request, reply) => {
      const { contentType, text } = await read();
      return await reply.type(contentType).send(text);
    });
  }

  #servePage(path: string, { contentType, bytes, etag }: StaticFile): void {
    this.#fastify.get(path, { onRequest: (request, reply) => this.#admit(request, reply, undefined, 'none') }, (request, reply) => {
      void reply.headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache', etag });
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type(contentType).send(bytes);
    });
  }
}
