import { onAbort } from '@ibkit/clock';
import { ConnectionError } from '@ibkit/error-codes';
import { contractKey } from '../contracts/contract-finder.js';
import type { ContractLike } from '../contracts/contract-finder.js';
import { ChainFeed } from './chain-feed.js';
import type { ChainDeps, ChainSink } from './chain-job.js';
import { checkedChainOptions } from './option-chain-options.js';
import type { OptionChainOptions } from './option-chain-options.js';
import { readChain } from './option-chain-snapshot.js';
import type { OptionChainSnapshot } from './option-chain-snapshot.js';
import { OptionChain } from './option-chain-subscription.js';
import type { OptionChainSubscription } from './option-chain-subscription.js';
import { OptionDefinitions } from './option-definitions.js';

/** What {@link OptionChains} works with. */
export interface OptionChainsDeps extends Omit<ChainDeps, 'definitions'> {
  /** How long the broker may take for one look-up, in milliseconds. */
  readonly lookUpTimeoutMs: number;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** The option chains of one `MarketData`, and the definitions that they share. */
export class OptionChains {
  readonly #deps: ChainDeps;
  readonly #onListenerError: ((error: unknown, type: string) => void) | undefined;
  readonly #definitions: OptionDefinitions;
  readonly #open = new Set<OptionChain>();
  readonly #reading = new Set<ChainFeed>();

  constructor(deps: OptionChainsDeps) {
    const { lookUpTimeoutMs, onListenerError, ...rest } = deps;
    this.#definitions = new OptionDefinitions({ connection: deps.connection, link: deps.link, timeoutMs: lookUpTimeoutMs });
    this.#deps = { ...rest, definitions: this.#definitions };
    this.#onListenerError = onListenerError;
  }

  /** Follows a chain. @throws UsageError for a contract or an option that cannot be understood. */
  subscribe(contract: ContractLike, options: OptionChainOptions): OptionChainSubscription {
    const wants = checkedChainOptions(options);
    contractKey(contract);
    const { signal } = options;
    let release = (): void => undefined;
    const chain = new OptionChain({
      clock: this.#deps.clock,
      onListenerError: this.#onListenerError,
      onEnded: (ended) => {
        this.#open.delete(ended);
        release();
      },
    });
    if (signal?.aborted === true) {
      chain.end(undefined);
      return chain;
    }
    if (signal !== undefined) {
      release = onAbort(signal, () => {
        chain.end(undefined);
      });
    }
    this.#open.add(chain);
    chain.begin(new ChainFeed(this.#deps, { contract, wants, follows: true }, chain), wants.timeoutMs);
    return chain;
  }

  /** Reads a chain once. @throws UsageError for an option that cannot be understood, what ends the chain, or the reason of a signal. */
  async read(contract: ContractLike, options: OptionChainOptions, stop: AbortSignal): Promise<OptionChainSnapshot> {
    const wants = checkedChainOptions(options);
    contractKey(contract);
    if (this.#deps.link.status === 'sessionDown') {
      throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'The option chain cannot be read: not connected', retryable: true, tips: ['Connect first, or follow the chain with subscribeOptionChain, which waits.'] });
    }
    const signals = options.signal === undefined ? [stop] : [stop, options.signal];
    let feed: ChainFeed | undefined;
    try {
      return await readChain({
        clock: this.#deps.clock,
        timeoutMs: wants.timeoutMs,
        signals,
        open: (sink: ChainSink) => {
          feed = new ChainFeed(this.#deps, { contract, wants, follows: false }, sink);
          this.#reading.add(feed);
          return feed;
        },
      });
    } finally {
      if (feed !== undefined) this.#reading.delete(feed);
    }
  }

  /** Ends all. Resolves once the broker was told. */
  async close(): Promise<void> {
    this.#definitions.close();
    await Promise.all([...[...this.#open].map((chain) => chain.close()), ...[...this.#reading].map((feed) => feed.close())]);
  }
}
