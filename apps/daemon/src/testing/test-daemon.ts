import { readFile } from 'node:fs/promises';
import { newTokenSchema } from '@ibkit/api-contract';
import type { ApiProblem, ApiQuota } from '@ibkit/api-contract';
import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { assemble } from '../compose/assemble.js';
import type { Assembly } from '../compose/assemble.js';
import { openLog } from '../log.js';
import { parseInvocation } from '../settings/load-settings.js';
import type { DaemonSettings } from '../settings/settings.js';
import { problemOfAnswer } from './api-bench.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A daemon of this process, on a state directory of its own and a free port. */
export interface TestDaemon extends AsyncDisposable {
  readonly parts: Assembly;
  readonly stateDir: string;
  readonly token: string;
  /** Every line that it logged, at the finest level. */
  readonly logged: readonly string[];
  /** Calls the API with the admin token, or as it is told. */
  call(method: string, route: string, options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly secret?: string }): Promise<Response>;
  /** Makes a token over the API. */
  makeToken(request: { readonly name: string; readonly scope: 'read' | 'trade' | 'admin'; readonly accounts?: readonly string[]; readonly expiresInMs?: number; readonly quota?: ApiQuota }): Promise<{ readonly id: string; readonly secret: string }>;
  /** Calls the API as the owner of the token, unless other headers are given. */
  get(route: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The body of a 200, checked. */
  read<T>(route: string, schema: { parse(value: unknown): T }): Promise<T>;
  /** The problem that a route answers with, checked. */
  problem(route: string, headers?: Readonly<Record<string, string>>): Promise<ApiProblem>;
}

/** Reads a command line as the program does. */
export async function settingsOf(...argv: readonly string[]): Promise<DaemonSettings> {
  const invocation = await parseInvocation(argv, {}, '0.0.0');
  if (invocation.kind !== 'run') throw new Error('this command line prints and ends');
  return invocation.settings;
}

/** Starts a daemon with these arguments; state directory, port and log level are chosen already. */
export function startTestDaemon(...argv: readonly string[]): Promise<TestDaemon> {
  return startTestDaemonOn(systemClock(), ...argv);
}

/** The same on a clock of the test's: simulator, link and alarms follow it. */
export async function startTestDaemonOn(clock: Clock, ...argv: readonly string[]): Promise<TestDaemon> {
  const directory = await temporaryDirectory();
  const logged: string[] = [];
  const settings = await settingsOf('--listen', '127.0.0.1:0', '--state-dir', directory.path, ...argv);
  const log = openLog({ ...settings, logLevel: 'debug' }, (line) => logged.push(line));
  // Tests also run at five minutes to midnight in New York.
  const restarts = settings.restarts ?? { timeZone: 'UTC', daily: false, dailyMinutes: 10, weeklyLogin: false, servers: 'none' };
  const parts = await assemble({ ...settings, restarts }, { clock, log });
  const token = (await readFile(parts.tokenFile, 'utf8')).trim();
  const call: TestDaemon['call'] = (method, route, { body, headers = {}, secret = token } = {}) =>
    fetch(parts.url + route, { method, headers: { authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const get = (route: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` }): Promise<Response> => fetch(parts.url + route, { headers });
  return {
    parts, token, logged, get, call,
    async makeToken(request) {
      const answer = await call('POST', '/v1/tokens', { body: request });
      if (answer.status !== 201) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
      const made = newTokenSchema.parse(await answer.json());
      return { id: made.token.id, secret: made.secret };
    },
    stateDir: directory.path,
    async read(route, schema) {
      const answer = await get(route);
      if (answer.status !== 200) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`);
      return schema.parse(await answer.json());
    },
    problem: async (route, headers) => problemOfAnswer(await get(route, headers)),
    async [Symbol.asyncDispose]() {
      await parts.close();
      await log.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
