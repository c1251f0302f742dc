import { readFile } from 'node:fs/promises';
import { ROUTES } from '@ibkit/api-contract';
import type { ApiAccounts, ApiProblem, ApiQuote, ApiStatus } from '@ibkit/api-contract';
import { problemSchema } from '@ibkit/api-contract';
import type { DaemonAddress } from './daemon-process.js';

/** An answer of the daemon, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Pick<ApiProblem, 'code' | 'detail'> };

/** The few calls that the live view makes, as any program would make them. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Reads the token that the daemon left for the local user. */
  static async open({ url, tokenFile }: DaemonAddress): Promise<ApiClient> {
    return new ApiClient(url, (await readFile(tokenFile, 'utf8')).trim());
  }

  status(signal: AbortSignal): Promise<Answer<ApiStatus>> {
    return this.#get(ROUTES.status.path, ROUTES.status.response, signal);
  }

  accounts(signal: AbortSignal): Promise<Answer<ApiAccounts>> {
    return this.#get(ROUTES.accounts.path, ROUTES.accounts.response, signal);
  }

  quote(symbol: string, signal: AbortSignal): Promise<Answer<ApiQuote>> {
    return this.#get(ROUTES.quote.path.replace(':symbol', encodeURIComponent(symbol)), ROUTES.quote.response, signal);
  }

  async #get<T>(path: string, schema: { parse(value: unknown): T }, signal: AbortSignal): Promise<Answer<T>> {
    try {
      const answer = await fetch(this.#url + path, { headers: { authorization: `Bearer ${this.#token}` }, signal });
      const body: unknown = await answer.json();
      return answer.ok ? { ok: true, value: schema.parse(body) } : { ok: false, problem: problemSchema.parse(body) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { ok: false, problem: { code: 'IBKR_DAEMON_UNREACHABLE', detail: error instanceof Error ? error.message : String(error) } };
    }
  }
}
