import { ConnectionError, TimeoutError } from '@ibkit/error-codes';
import type { TradingConnection, TradingSession } from '../broker/connection-port.js';

/** How long the broker may take to answer a probe, milliseconds. */
export const PROBE_TIMEOUT_MS = 2_000;

function deadError(silentMs: number | undefined, cause: unknown): ConnectionError {
  const silent = silentMs === undefined ? '' : `: nothing had arrived for ${Math.round(silentMs)} ms, and`;
  return new ConnectionError({
    code: 'IBKR_LINK_SILENT',
    message: `The link did not prove that it is alive${silent} the gateway did not answer a question for the time within ${PROBE_TIMEOUT_MS} ms`,
    retryable: true,
    tips: ['Wait: the connection ends a session that stays silent, and makes a new one.'],
    cause,
  });
}

/**
 * Proves that a link which has been quiet is alive, before an order is given to it: a dead one takes bytes for minutes, and what becomes of
 * them nobody knows. Orders that ask at the same time share one question. A link that is not quiet costs nothing.
 */
export class LivenessProbe {
  readonly #connection: TradingConnection;
  readonly #quietMs: number | false;
  #underWay: { readonly session: TradingSession; readonly answer: Promise<void> } | undefined;

  /** @param quietMs after this silence a link has to prove itself; `false`: never */
  constructor(connection: TradingConnection, quietMs: number | false) {
    this.#connection = connection;
    this.#quietMs = quietMs;
  }

  /**
   * Begins a proof when the link has been quiet; `undefined` when it needs none.
   * @returns rejects with ConnectionError `IBKR_LINK_SILENT` when the link stays silent, and with what ends the session
   */
  begin(session: TradingSession): Promise<void> | undefined {
    if (this.#quietMs === false) return undefined;
    const { silentMs } = this.#connection;
    if (silentMs !== undefined && silentMs <= this.#quietMs) return undefined;
    if (this.#underWay?.session === session) return this.#underWay.answer;
    const answer = this.#ask(silentMs).finally(() => {
      if (this.#underWay?.answer === answer) this.#underWay = undefined;
    });
    this.#underWay = { session, answer };
    return answer;
  }

  async #ask(silentMs: number | undefined): Promise<void> {
    try {
      await this.#connection.request<undefined>({
        name: 'proof of life before an order',
        unkeyed: true,
        lane: 'order',
        timeoutMs: PROBE_TIMEOUT_MS,
        build: () => ({ type: 'reqCurrentTime' }),
        receive: (message, reply) => {
          if (message.type === 'currentTime') reply.resolve(undefined);
        },
      });
    } catch (error) {
      throw error instanceof TimeoutError ? deadError(silentMs, error) : error;
    }
  }
}
