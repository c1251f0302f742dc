import { ROUTES, statusOf } from '@ibkit/api-contract';
import type { OperationInput, OperationOptions, OperationOutput, Route, RouteName } from '@ibkit/api-contract';
import { abortReason, withDeadline } from '@ibkit/clock';
import { SystemError, TimeoutError, UsageError, isIbkrError } from '@ibkit/error-codes';
import { tokenOf } from '../endpoint.js';
import type { ResolvedEndpoint } from '../endpoint.js';
import type { HttpAnswer, HttpRequest, Platform } from '../platform/platform.js';
import { errorOfAnswer, jsonOf, unreachable } from './daemon-error.js';
import { requestOf } from './request-of.js';

/** Beyond what the operation itself waits for, which the daemon counts. */
function waitedMs(input: object): number {
  return Object.entries(input).reduce((sum, [name, value]) => (name === 'waitMs' || name === 'timeoutMs') && typeof value === 'number' ? sum + value : sum, 0);
}

/** Calls routes of the daemon. Never repeats a call: whether that is harmless, only the caller knows. */
export class Caller {
  readonly #endpoint: ResolvedEndpoint;
  readonly #platform: Platform;
  readonly #closing = new AbortController();

  constructor(endpoint: ResolvedEndpoint, platform: Platform) {
    this.#endpoint = endpoint;
    this.#platform = platform;
  }

  /** Where it calls, for people. */
  get where(): string {
    return this.#endpoint.socketPath ?? this.#endpoint.url.origin;
  }

  async call<K extends RouteName>(name: K, input: OperationInput<K>, { idempotencyKey, signal }: OperationOptions = {}): Promise<OperationOutput<K>> {
    const route: Route = ROUTES[name];
    const what = `${route.method} ${route.path}`;
    const { method, path, body } = requestOf(name, { ...input });
    if (route.idempotent === true && (idempotencyKey === undefined || idempotencyKey === '')) throw new UsageError({ field: 'idempotencyKey', value: idempotencyKey, rule: `must be given for ${what}: it makes a repeat harmless` });
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    if (route.scope !== undefined) headers['authorization'] = `Bearer ${await tokenOf(this.#endpoint.token)}`;
    const answer = await this.#send({ what, timeoutMs: this.#endpoint.timeoutMs + waitedMs(input), signal, request: { method, path, headers, body } });
    const value = this.#outputOf(name, answer, what);
    // A "not ready" whose body says ready comes from something in between. Beyond that the body is the truth: a daemon may be more careful, with 202, than its body needs.
    if (answer.status >= 400 !== statusOf(name, value) >= 400) throw errorOfAnswer(answer, what);
    return value;
  }

  /** Ends every call. Idempotent. */
  close(): void {
    this.#closing.abort(new UsageError({ code: 'IBKR_DAEMON_CLIENT_CLOSED', field: 'client', rule: 'must not be closed' }));
    this.#platform.close();
  }

  #outputOf<K extends RouteName>(name: K, answer: HttpAnswer, what: string): OperationOutput<K> {
    const { statuses = [200], response }: Route = ROUTES[name];
    if (!statuses.includes(answer.status)) throw errorOfAnswer(answer, what);
    const value = jsonOf(answer.text);
    if (isOutput(name, value)) return value;
    const issue = response.safeParse(value).error?.issues[0];
    throw new SystemError({
      code: 'IBKR_DAEMON_ANSWER_INVALID',
      message: `${what}: the answer does not fit the contract: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}. Daemon and client may be of versions that do not go together.`,
    });
  }

  async #send({ what, timeoutMs, signal, request }: { readonly what: string; readonly timeoutMs: number; readonly signal: AbortSignal | undefined; readonly request: Omit<HttpRequest, 'signal'> }): Promise<HttpAnswer> {
    const ended = new AbortController();
    const stop = AbortSignal.any([this.#closing.signal, ended.signal, ...(signal === undefined ? [] : [signal])]);
    if (stop.aborted) throw abortReason(stop);
    try {
      return await withDeadline(this.#endpoint.clock, timeoutMs, this.#platform.request({ ...request, signal: stop }), {
        signal: stop,
        timeoutError: () => new TimeoutError({ code: 'IBKR_DAEMON_TIMEOUT', message: `${what}: the daemon did not answer within ${timeoutMs} ms. What it was asked to do may have been done.` }),
      });
    } catch (error) {
      if (isIbkrError(error) || isOver(stop)) throw error;
      throw unreachable(what, this.where, error);
    } finally {
      ended.abort();
    }
  }
}

function isOutput<K extends RouteName>(name: K, value: unknown): value is OperationOutput<K> {
  return ROUTES[name].response.safeParse(value).success;
}

/** Read anew: it may have aborted while the request was under way. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
