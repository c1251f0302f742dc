import { UsageError } from '@ibkit/error-codes';
import { plainLine } from '../broker-text/plain-text.js';
import type { MarketDataRequest } from '../connection-port.js';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractLike } from '../contracts/contract-finder.js';
import { wireContract } from '../contracts/resolved-contract.js';
import { OpenStreams } from '../streams/open-streams.js';
import type { TickStream } from '../streams/tick-stream.js';
import { LiveNews } from './live-news.js';
import type { LiveNewsDeps, NewsGap } from './live-news.js';
import { NewsBulletins } from './news-bulletins.js';
import type { NewsBulletin } from './news-bulletins.js';
import { openHeadlines } from './news-headlines.js';
import type { NewsDeps, NewsHeadlineStream, NewsHeadlinesOptions } from './news-headlines.js';
import { articleOf } from './news-item.js';
import type { NewsArticle, NewsHeadline, NewsProvider } from './news-item.js';
import { providerList } from './provider-list.js';

/** How a stream of news is read. */
export interface NewsStreamOptions {
  /** Items that the stream holds for a slow reader. @defaultValue 1000000 */
  readonly capacity?: number | undefined;
  /** Ends the stream quietly. */
  readonly signal?: AbortSignal | undefined;
}

/** Whose headlines are wanted as they are published. */
export interface LiveNewsStreamOptions extends NewsStreamOptions {
  /** Codes of providers. @defaultValue all that the user may read */
  readonly providers?: readonly string[] | undefined;
}

/** What a {@link News} works with. */
export interface NewsObjectDeps extends NewsDeps, LiveNewsDeps {
  /** @throws when it was closed */
  readonly checkOpen: () => void;
}

/**
 * News: what the user may read through the API is bought by provider. Refusals (10276, 10277, 321) are typed errors. Texts are without control
 * characters.
 */
export class News {
  readonly #deps: NewsObjectDeps;
  readonly #streams: OpenStreams;
  readonly #bulletins: NewsBulletins;

  constructor(deps: NewsObjectDeps) {
    this.#deps = deps;
    this.#streams = new OpenStreams(deps.finder);
    this.#bulletins = new NewsBulletins(deps);
  }

  /** The providers that the user may read. @throws ConnectionError while not connected; TimeoutError; the signal's reason. */
  async providers(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly NewsProvider[]> {
    return this.#ask<readonly NewsProvider[]>(options.signal, {
      name: 'news providers',
      unkeyed: true,
      build: () => ({ type: 'reqNewsProviders' }),
      receive: (message, reply) => {
        if (message.type === 'newsProviders') reply.resolve(message.providers.map(({ code, name }) => Object.freeze({ code: plainLine(code), name: plainLine(name) })));
      },
    });
  }

  /**
   * Headlines about a contract, newest first, each once, in pages of 300. The stream waits out reconnects. More than 300 headlines within one
   * second cannot be had.
   * @throws {@link UsageError} for a contract, provider or time that cannot be understood. Everything else ends the stream with the error.
   */
  headlines(contract: ContractLike, options: NewsHeadlinesOptions): NewsHeadlineStream {
    this.#deps.checkOpen();
    return openHeadlines(this.#deps, contract, options);
  }

  /**
   * The article behind a headline.
   * @throws MarketDataError `IBKR_MARKET_DATA_NEWS_FEED_NOT_ALLOWED` (10276) and the like; RequestError when there is none; ConnectionError while
   *   not connected; TimeoutError; the signal's reason.
   */
  async article(providerCode: string, articleId: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<NewsArticle> {
    const provider = providerList([providerCode]);
    if (!/^[\x20-\x7e]{1,200}$/u.test(articleId)) throw new UsageError({ field: 'articleId', value: articleId, rule: 'must be the id of a headline' });
    return this.#ask<NewsArticle>(options.signal, {
      name: `article ${articleId} of ${provider}`,
      build: (reqId) => ({ type: 'reqNewsArticle', reqId, providerCode: provider, articleId }),
      receive: (message, reply) => {
        if (message.type === 'newsArticle') reply.resolve(articleOf(message.articleType, message.articleText));
      },
    });
  }

  /**
   * Headlines about a contract as they are published, each once, with `gap` items. Needs a line at the broker.
   * @throws {@link UsageError} for a contract or provider that cannot be understood. Everything else ends the stream with the error.
   */
  live(contract: ContractLike, options: LiveNewsStreamOptions = {}): TickStream<NewsHeadline | NewsGap> {
    this.#deps.checkOpen();
    const { providers, capacity, signal } = options;
    const list = providers === undefined ? undefined : providerList(providers);
    const name = `news about ${contractName(contract)}`;
    return this.#streams.open<NewsHeadline | NewsGap>(contract, {
      name,
      capacity,
      signal,
      feed: (resolved, sink) => new LiveNews(this.#deps, { name, contract: wireContract(resolved), providers: list, sink }),
    });
  }

  /**
   * Every headline of a provider as it is published. TWS API: a contract of type `NEWS`, such as `BRFG:BRFG_ALL`.
   * @throws {@link UsageError} for a code that is none. Everything else ends the stream with the error.
   */
  broadTape(provider: string, options: NewsStreamOptions & { /** @defaultValue all: `BRFG_ALL` */ readonly tape?: string | undefined } = {}): TickStream<NewsHeadline | NewsGap> {
    this.#deps.checkOpen();
    const code = providerList([provider]);
    const tape = providerList([options.tape ?? `${code}_ALL`]);
    const name = `news of ${code}`;
    return this.#streams.openNow<NewsHeadline | NewsGap>({
      ...options,
      name,
      feed: (sink) => new LiveNews(this.#deps, { name, contract: { symbol: `${code}:${tape}`, secType: 'NEWS', exchange: code }, providers: undefined, sink }),
    });
  }

  /**
   * The broker's own bulletins about exchanges and the system, each once, with `gap` items. There is one stream per session, shared by all
   * readers; `all` makes those of earlier today come, too.
   * @throws {@link UsageError} for a capacity that makes no sense.
   */
  bulletins(options: NewsStreamOptions & { /** @defaultValue false */ readonly all?: boolean | undefined } = {}): TickStream<NewsBulletin | NewsGap> {
    this.#deps.checkOpen();
    return this.#streams.openNow<NewsBulletin | NewsGap>({
      ...options,
      name: 'news bulletins',
      feed: (sink) => {
        this.#bulletins.add(sink, options.all ?? false);
        return { close: () => this.#bulletins.remove(sink) };
      },
    });
  }

  /** Ends all streams. Resolves once the broker was told. */
  async close(): Promise<void> {
    await this.#streams.close();
  }

  async #ask<T>(signal: AbortSignal | undefined, request: MarketDataRequest<T>): Promise<T> {
    this.#deps.checkOpen();
    const { connection, timeoutMs, stop } = this.#deps;
    return connection.request<T>({ ...request, timeoutMs, signal: signal === undefined ? stop : AbortSignal.any([stop, signal]) });
  }
}
