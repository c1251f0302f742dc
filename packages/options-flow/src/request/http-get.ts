import { Agent, request } from 'undici';

/** One answer of the service. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** What the body is packed with; `undefined` for nothing. */
  readonly encoding: string | undefined;
  readonly body: string;
}

/** The largest answer that is read, bytes: a runaway body is an error, not a full memory. */
export const LARGEST_ANSWER = 64 * 1024 * 1024;

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Sends GET requests over connections that are kept. Redirects are not followed: the key goes to the configured host and no other. */
export class HttpGet implements AsyncDisposable {
  readonly #agent: Agent;
  #closed: Promise<void> | undefined;

  constructor(options: { readonly verifyTls: boolean }) {
    this.#agent = new Agent({
      connect: { rejectUnauthorized: options.verifyTls },
      maxResponseSize: LARGEST_ANSWER,
      // The caller's deadline decides.
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: 0,
    });
  }

  /** @throws what the connection met, or the signal's reason */
  async get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await request(url, { dispatcher: this.#agent, method: 'GET', headers: { ...headers }, signal });
    const encoding = first(answer.headers['content-encoding']);
    return { status: answer.statusCode, retryAfter: first(answer.headers['retry-after']), encoding: encoding === 'identity' ? undefined : encoding, body: await answer.body.text() };
  }

  /** Ends every connection; what is on its way fails. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#agent.destroy();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
