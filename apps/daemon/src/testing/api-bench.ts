import { readFile } from 'node:fs/promises';
import { problemSchema } from '@ibkit/api-contract';
import type { ApiProblem, ApiTokenRequest, DaemonOperations } from '@ibkit/api-contract';
import { systemClock } from '@ibkit/clock';
import { Access } from '../http/access.js';
import { ApiServer } from '../http/api-server.js';
import type { ApiServerOptions, ListenTarget } from '../http/api-server.js';
import { resolveHttpLimits } from '../http/limits.js';
import { Quotas } from '../tokens/quotas.js';
import type { QuotaSettings } from '../tokens/quotas.js';
import { TokenStore } from '../tokens/token-store.js';
import { fakeOperations } from './fake-operations.js';
import { temporaryDirectory } from './temporary-directory.js';

/** How a bench is set up. */
export interface ApiBenchOptions extends Partial<Pick<ApiServerOptions, 'limits' | 'documents' | 'pages' | 'tls' | 'addresses'>> {
  readonly operations?: Partial<DaemonOperations> | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly quotas?: Partial<QuotaSettings> | undefined;
  readonly target?: ListenTarget | undefined;
}

/** An API server over operations that the test gives, with tokens of its own. */
export interface ApiBench extends AsyncDisposable {
  readonly url: string;
  readonly server: ApiServer;
  readonly access: Access;
  readonly tokens: TokenStore;
  readonly directory: string;
  /** The admin token. */
  readonly secret: string;
  readonly answers: readonly string[];
  readonly failures: readonly string[];
  token(request: Partial<ApiTokenRequest>): Promise<string>;
  /** Calls with the admin token, unless another is named. */
  call(method: string, path: string, options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly secret?: string | null }): Promise<Response>;
  /** The problem that a call is answered with, held against the contract. */
  problem(...call: Parameters<ApiBench['call']>): Promise<ApiProblem>;
}

/** The problem of an answer, held against the contract. */
export async function problemOfAnswer(answer: Response): Promise<ApiProblem> {
  if (answer.headers.get('content-type') !== 'application/problem+json') throw new Error(`not a problem: ${answer.status} ${await answer.text()}`);
  const found = problemSchema.parse(await answer.json());
  if (found.status !== answer.status) throw new Error(`the problem says ${found.status}, the answer ${answer.status}`);
  return found;
}

/** Starts one on a free port. */
export async function apiBench(options: ApiBenchOptions = {}): Promise<ApiBench> {
  const directory = await temporaryDirectory();
  const clock = systemClock();
  const tokens = await TokenStore.open({ stateDir: directory.path, clock });
  const quotas = new Quotas({ clock, settings: options.quotas });
  const answers: string[] = [];
  const failures: string[] = [];
  const access = new Access({ tokens, quotas, hosts: options.hosts, anonymousPerMinute: resolveHttpLimits(options.limits).anonymousPerMinute });
  const server = new ApiServer({
    clock, access, quotas,
    operations: () => fakeOperations(options.operations),
    limits: options.limits, documents: options.documents, pages: options.pages, tls: options.tls, addresses: options.addresses,
    onAnswer: (route, status) => answers.push(`${route} ${status}`),
    onFailure: (error, route) => failures.push(`${route} ${error instanceof Error ? error.message : ''}`),
  });
  const url = await server.listen(options.target ?? { host: '127.0.0.1', port: 0 });
  const secret = (await readFile(tokens.tokenFile, 'utf8')).trim();
  let made = 0;
  const call: ApiBench['call'] = (method, path, { body, headers = {}, secret: presented = secret } = {}) =>
    fetch(url + path, {
      method,
      headers: { ...(presented === null ? {} : { authorization: `Bearer ${presented}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    url, server, access, tokens, secret, answers, failures, call, directory: directory.path,
    async token(request) {
      made += 1;
      return (await tokens.create({ name: `token ${made}`, scope: 'read', ...request })).secret;
    },
    problem: async (...args) => problemOfAnswer(await call(...args)),
    async [Symbol.asyncDispose]() {
      await server.close();
      await tokens.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
