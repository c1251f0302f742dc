import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { problemSchema } from '@ibkit/api-contract';
import type { ApiProblem } from '@ibkit/api-contract';
import { systemClock } from '@ibkit/clock';
import { assemble } from '../assemble.js';
import type { Assembly } from '../assemble.js';
import { openLog } from '../log.js';
import { parseInvocation } from '../options.js';
import type { DaemonSettings } from '../options.js';

/** A daemon of this process, on a state directory of its own and a free port. */
export interface TestDaemon extends AsyncDisposable {
  readonly parts: Assembly;
  readonly stateDir: string;
  readonly token: string;
  /** Every line that it logged, at the finest level. */
  readonly logged: readonly string[];
  /** Calls the API as the owner of the token, unless other headers are given. */
  get(route: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The body of a 200, checked. */
  read<T>(route: string, schema: { parse(value: unknown): T }): Promise<T>;
  /** The problem that a route answers with, checked. */
  problem(route: string, headers?: Readonly<Record<string, string>>): Promise<ApiProblem>;
}

/** Reads a command line as the program does. */
export function settingsOf(...argv: readonly string[]): DaemonSettings {
  const invocation = parseInvocation(argv, {}, '0.0.0');
  if (invocation.kind !== 'run') throw new Error('this command line prints and ends');
  return invocation.settings;
}

/** A directory that is gone when the returned object is disposed of. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const made = await mkdtemp(path.join(tmpdir(), 'ibkitd-'));
  return { path: made, [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) };
}

async function problemOf(answer: Response): Promise<ApiProblem> {
  if (answer.headers.get('content-type') !== 'application/problem+json') throw new Error(`not a problem: ${answer.status} ${await answer.text()}`);
  const found = problemSchema.parse(await answer.json());
  if (found.status !== answer.status) throw new Error(`the problem says ${found.status}, the answer ${answer.status}`);
  return found;
}

/** Starts a daemon with these arguments; state directory, port and log level are chosen already. */
export async function startTestDaemon(...argv: readonly string[]): Promise<TestDaemon> {
  const directory = await temporaryDirectory();
  const logged: string[] = [];
  const settings = settingsOf('--listen', '127.0.0.1:0', '--state-dir', directory.path, ...argv);
  const log = openLog({ ...settings, logLevel: 'debug' }, (line) => logged.push(line));
  const parts = await assemble(settings, { clock: systemClock(), log });
  const token = (await readFile(parts.tokenFile, 'utf8')).trim();
  const get = (route: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` }): Promise<Response> => fetch(parts.url + route, { headers });
  return {
    parts, token, logged, get,
    stateDir: directory.path,
    async read(route, schema) {
      const answer = await get(route);
      if (answer.status !== 200) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`);
      return schema.parse(await answer.json());
    },
    problem: async (route, headers) => problemOf(await get(route, headers)),
    async [Symbol.asyncDispose]() {
      await parts.close();
      await log.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
