import { sleep } from '@ibkit/clock';
import type { MarketDataConnection } from '../connection-port.js';
import type { ContractSuggestion } from './contract-error.js';

/** TWS API: calls of reqMatchingSymbols closer than a second together are answered with silence. */
const APART_MS = 1100;

/** Looks for contracts by the beginning of their symbol or name, at the pace that the broker answers. */
export class SymbolSearch {
  readonly #connection: MarketDataConnection;
  readonly #timeoutMs: number;
  #nextSlotAt = 0;

  constructor(options: { readonly connection: MarketDataConnection; readonly timeoutMs: number }) {
    this.#connection = options.connection;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Up to about 16 contracts, best match first as the broker sorts them. */
  async find(pattern: string, signal: AbortSignal): Promise<readonly ContractSuggestion[]> {
    const { clock } = this.#connection;
    const slot = Math.max(clock.monotonic(), this.#nextSlotAt);
    this.#nextSlotAt = slot + APART_MS;
    if (slot > clock.monotonic()) await sleep(clock, slot - clock.monotonic(), { signal });
    return this.#connection.request<readonly ContractSuggestion[]>({
      name: `matching symbols for ${pattern}`,
      build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern }),
      receive: (message, reply) => {
        if (message.type !== 'symbolSamples') return;
        reply.resolve(
          message.contracts.map(({ contract }) => ({
            conId: contract.conId,
            symbol: contract.symbol ?? '',
            secType: contract.secType ?? '',
            primaryExchange: contract.primaryExch,
            currency: contract.currency,
            description: contract.description,
          })),
        );
      },
      timeoutMs: this.#timeoutMs,
      signal,
    });
  }
}
