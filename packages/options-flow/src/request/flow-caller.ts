import { abortReason, onAbort, sleep } from '@ibkit/clock';
import type { ResolvedClientOptions } from '../client/client-options.js';
import { OptionsFlowError } from '../client/flow-error.js';
import { dataOf } from './answer.js';
import { HttpGet, LARGEST_ANSWER } from './http-get.js';
import type { QueryValue } from './query.js';

/** How one call is made. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a call asks for. */
export interface FlowCall extends CallOptions {
  /** Path below the base URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/u;

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function networkError(name: string, url: URL, error: unknown): OptionsFlowError {
  const code = codeOf(error);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new OptionsFlowError({ code: 'IBKR_FLOW_ANSWER_INVALID', message: `${name}: the answer is larger than ${LARGEST_ANSWER} bytes: ask for less with \`limit\` or a shorter range`, retryable: false, cause: error });
  }
  const isCertificate = CERTIFICATE.test(code);
  return new OptionsFlowError({
    code: 'IBKR_FLOW_NETWORK',
    message: `${name}: the service at ${url.host} cannot be reached: ${error instanceof Error && error.message !== '' ? error.message : code}`,
    // A certificate does not become better by asking again.
    retryable: !isCertificate,
    cause: error,
    tips: isCertificate ? ['For a server of your own whose certificate nobody signed: `verifyTls: false`.'] : ['Check `baseUrl`, and that the service runs.'],
  });
}

/** Makes calls: with the key, a deadline, and repetitions of what may pass. */
export class FlowCaller implements AsyncDisposable {
  readonly #options: ResolvedClientOptions;
  readonly #http: HttpGet;
  readonly #closing = new AbortController();

  constructor(options: ResolvedClientOptions) {
    this.#options = options;
    this.#http = new HttpGet({ verifyTls: options.verifyTls });
  }

  /**
   * The `data` of the answer.
   * @throws {@link OptionsFlowError}; the signal's reason
   */
  async call({ path, query = {}, signal }: FlowCall): Promise<unknown> {
    const { clock, deadlineMs, retries } = this.#options;
    const name = `GET ${path}`;
    const url = this.#url(path, query);
    const endMs = clock.monotonic() + deadlineMs;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt({ name, url, signal, leftMs: endMs - clock.monotonic() });
      } catch (error) {
        if (!(error instanceof OptionsFlowError) || !error.retryable || attempt >= retries) throw error;
        const delayMs = this.#delayMs(attempt, error);
        // Nobody is kept waiting for an attempt that the deadline forbids.
        if (clock.monotonic() + delayMs >= endMs) throw error;
        await this.#sleep(delayMs, signal);
      }
    }
  }

  /** Ends every call with `IBKR_FLOW_CLOSED`. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new OptionsFlowError({ code: 'IBKR_FLOW_CLOSED', message: 'The Options Flow client was closed', retryable: false }));
    await this.#http.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #url(path: string, query: Readonly<Record<string, QueryValue>>): URL {
    const url = new URL(path.replace(/^\/+/u, ''), this.#options.baseUrl);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  #delayMs(attempt: number, error: OptionsFlowError): number {
    const { retryDelayMs, random } = this.#options;
    const backoffMs = random.next() * retryDelayMs * 2 ** attempt;
    return Math.max(error.retryAfterMs ?? 0, backoffMs);
  }

  async #sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = AbortSignal.any(signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal]);
    await sleep(this.#options.clock, delayMs, { signal: stop });
  }

  async #attempt({ name, url, signal, leftMs }: { readonly name: string; readonly url: URL; readonly signal: AbortSignal | undefined; readonly leftMs: number }): Promise<unknown> {
    const { clock, apiKey, timeoutMs } = this.#options;
    for (const stop of [this.#closing.signal, signal]) if (stop?.aborted === true) throw abortReason(stop);
    const ended = new AbortController();
    const limitMs = Math.max(1, Math.min(timeoutMs, leftMs));
    const stopWatching = [this.#closing.signal, signal].map((stop) =>
      stop === undefined
        ? () => undefined
        : onAbort(stop, () => {
            ended.abort(abortReason(stop));
          }),
    );
    const timer = clock.setTimer(limitMs, () => {
      ended.abort(new OptionsFlowError({ code: 'IBKR_FLOW_TIMEOUT', message: `${name}: no answer within ${Math.round(limitMs)} ms`, retryable: true }));
    });
    try {
      const answer = await this.#http.get(url, { 'x-api-key': apiKey, accept: 'application/json', 'accept-encoding': 'identity' }, ended.signal);
      return dataOf(answer, { name, nowMs: clock.now(), apiKey });
    } catch (error) {
      if (error instanceof OptionsFlowError) throw error;
      if (ended.signal.aborted) throw abortReason(ended.signal);
      throw networkError(name, url, error);
    } finally {
      timer.cancel();
      for (const stop of stopWatching) stop();
    }
  }
}
