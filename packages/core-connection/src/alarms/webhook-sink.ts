import { abortReason, sleep, systemClock, withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { SystemError, UsageError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import type { Alarm, AlarmSink } from './alarm.js';

/** Options of {@link webhookSink}. */
export interface WebhookSinkOptions {
  /** `http:` or `https:`. May hold a secret in its path, its query or as user and password: only its host is ever shown. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is posted as JSON, such as `{ text }` for a chat. @defaultValue the alarm itself */
  readonly body?: ((alarm: Alarm) => unknown) | undefined;
  /** For one try, in milliseconds above 0. @defaultValue 10_000 */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first one that failed, when another may help (no answer, 408, 429, 5xx), a whole number from 0. @defaultValue 3 */
  readonly retries?: number | undefined;
  /** Before the first of them, in milliseconds from 0; doubles each time. @defaultValue 1_000 */
  readonly retryDelayMs?: number | undefined;
  /** @defaultValue the runtime's */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
}

const MAY_PASS: ReadonlySet<number> = new Set([408, 429]);

/**
 * Posts alarms as JSON to a web address. Does not follow redirects, so that a secret in the address reaches nobody else.
 * @throws {@link UsageError} that names the option and the rule, without the address.
 */
export function webhookSink(options: WebhookSinkOptions): AlarmSink {
  const { timeoutMs = 10_000, retries = 3, retryDelayMs = 1_000 } = options;
  const clock = options.clock ?? systemClock();
  const { target, authorization } = readUrl(options.url);
  if (!(timeoutMs > 0) || !Number.isFinite(timeoutMs)) throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a number of milliseconds above 0' });
  if (!Number.isSafeInteger(retries) || retries < 0) throw new UsageError({ field: 'retries', value: retries, rule: 'must be a whole number from 0' });
  if (!(retryDelayMs >= 0) || !Number.isFinite(retryDelayMs)) throw new UsageError({ field: 'retryDelayMs', value: retryDelayMs, rule: 'must be a number of milliseconds from 0' });
  const post = options.fetch ?? globalThis.fetch;
  const headers = { 'content-type': 'application/json', ...authorization, ...options.headers };
  const name = `webhook ${target.host}`;

  const tryOnce = async (body: string, signal: AbortSignal): Promise<Outcome> => {
    const stop = new AbortController();
    const onAbort = (): void => {
      stop.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const work = answerOf(post, target, { method: 'POST', headers, body, redirect: 'error', signal: stop.signal });
      return await withDeadline(clock, timeoutMs, work, { signal, timeoutError: () => new Error(`no answer within ${timeoutMs} ms`) });
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      return { ok: false, retryable: true, why: reasonOf(error) };
    } finally {
      stop.abort();
      signal.removeEventListener('abort', onAbort);
    }
  };

  return {
    name,
    deliver: async (alarm, { signal }) => {
      signal.throwIfAborted();
      const body = JSON.stringify(options.body === undefined ? alarm : options.body(alarm));
      for (let attempt = 0; ; attempt += 1) {
        const outcome = await tryOnce(body, signal);
        if (outcome.ok) return;
        if (!outcome.retryable || attempt >= retries) throw undeliverable(name, outcome.why, attempt + 1);
        await sleep(clock, retryDelayMs * 2 ** attempt, { signal });
      }
    },
  };
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly retryable: boolean; readonly why: string };

async function answerOf(post: typeof globalThis.fetch, target: URL, init: RequestInit): Promise<Outcome> {
  const response = await post(target, init);
  // The answer's text says nothing to us, and left unread it would hold the socket.
  await response.body?.cancel();
  if (response.ok) return { ok: true };
  const { status } = response;
  return { ok: false, retryable: status >= 500 || MAY_PASS.has(status), why: `it answered ${status}` };
}

function readUrl(given: string | URL): { readonly target: URL; readonly authorization: Readonly<Record<string, string>> } {
  let target: URL;
  try {
    target = new URL(given);
  } catch {
    // The error of the runtime would show the address.
    throw new UsageError({ field: 'url', rule: 'must be an absolute http: or https: address' });
  }
  if (target.protocol !== 'http:' && target.protocol !== 'https:') throw new UsageError({ field: 'url', rule: 'must be an absolute http: or https: address' });
  if (target.username === '' && target.password === '') return { target, authorization: {} };
  const credentials = Buffer.from(`${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`).toString('base64');
  target.username = '';
  target.password = '';
  return { target, authorization: { authorization: `Basic ${credentials}` } };
}

/** The system's own code of a failed request, since its message may show the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  const code: unknown = error.cause instanceof Error ? Reflect.get(error.cause, 'code') : undefined;
  if (typeof code === 'string') return code;
  return error.message.startsWith('no answer within') ? error.message : 'the request failed';
}

function undeliverable(name: string, why: string, tries: number): IbkrError {
  return new SystemError({
    code: 'IBKR_ALARM_UNDELIVERABLE',
    message: `The alarm sink ${name} failed after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${why}.`,
    tips: ['Check that the address is right and reachable from this machine, and that its secret is still valid.'],
    details: { sink: name, tries, why },
  });
}
