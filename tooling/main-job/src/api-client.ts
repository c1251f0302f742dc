import { readFile } from 'node:fs/promises';
import type { ApiAccounts, ApiProblem, ApiQuote, ApiStatus } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { DaemonClient } from '@ibkit/websocket-provider';
import type { DaemonAddress } from './daemon-process.js';

/** An answer of the daemon, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Pick<ApiProblem, 'code' | 'detail'> };

/** The few calls that the live view makes, as any program would make them. */
export class ApiClient {
  readonly #client: DaemonClient;

  private constructor(client: DaemonClient) {
    this.#client = client;
  }

  /** Reads the token that the daemon left for the local user. */
  static async open({ url, tokenFile }: DaemonAddress): Promise<ApiClient> {
    return new ApiClient(new DaemonClient({ url, token: await readFile(tokenFile, 'utf8') }));
  }

  status(signal: AbortSignal): Promise<Answer<ApiStatus>> {
    return answered(this.#client.status({}, { signal }), signal);
  }

  accounts(signal: AbortSignal): Promise<Answer<ApiAccounts>> {
    return answered(this.#client.accounts({}, { signal }), signal);
  }

  quote(symbol: string, signal: AbortSignal): Promise<Answer<ApiQuote>> {
    return answered(this.#client.quote({ symbol }, { signal }), signal);
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#client.close();
  }
}

async function answered<T>(call: Promise<T>, signal: AbortSignal): Promise<Answer<T>> {
  try {
    return { ok: true, value: await call };
  } catch (error) {
    if (signal.aborted || !isIbkrError(error)) throw error;
    return { ok: false, problem: { code: error.code, detail: error.message } };
  }
}
