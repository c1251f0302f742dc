import type { ApiInstrumentFields, StreamMode } from '@ibkit/api-contract';
import { systemClock, withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { TimeoutError, UsageError } from '@ibkit/error-codes';
import type { ResolvedEndpoint } from '../endpoint.js';
import type { Platform } from '../platform/platform.js';
import { StreamClient } from '../stream/stream-client.js';
import type { StreamOptions, TopicSubscription } from '../stream/stream-client.js';
import type { TopicOptions } from '../stream/subscription.js';
import { barSink, depthSink, quoteSink, topicOf, tradeSink } from './feeds.js';
import type { BarSize, FeedSubject } from './feeds.js';
import { UpdateQueue } from './update-queue.js';
import { DATA_TYPES } from './update.js';
import type { DataType, Update } from './update.js';

/** Options of the provider. */
export interface ProviderOptions extends StreamOptions {
  /** How subscriptions are fed that do not say so themselves; trades are always all of them. @defaultValue 'latest' for quotes and books */
  readonly mode?: StreamMode | undefined;
  /** Of `latest` and `sampled`: milliseconds between two updates of a ticker, 10 to 60,000. The longer, the less bandwidth. @defaultValue 250 */
  readonly minIntervalMs?: number | undefined;
  /** How many updates may wait to be taken in, 1 to 1,000,000; what does not fit is told as a gap. @defaultValue 10000 */
  readonly capacity?: number | undefined;
}

/** How a ticker is subscribed. */
export interface TickerOptions {
  /** @defaultValue 'QUOTES' */
  readonly dataType?: DataType | undefined;
  /** What the ticker does not say about the instrument: exchange, currency, expiry, ... */
  readonly instrument?: ApiInstrumentFields | undefined;
  /** @defaultValue that of the provider */
  readonly mode?: StreamMode | undefined;
  /** @defaultValue that of the provider */
  readonly minIntervalMs?: number | undefined;
  /** Of `QUOTES`: the worst kind of data that is taken. @defaultValue 'live' */
  readonly marketData?: TopicOptions['marketData'];
  /** Of `BARS`. @defaultValue '5s' */
  readonly barSize?: BarSize | undefined;
  /** How long to wait for the first word of the daemon, milliseconds. The subscription stays when it is over. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Live market data of the daemon: one connection however many tickers, kept over restarts of the daemon and breaks of the line.
 *
 * Quotes and books conflate when they are not taken in fast enough; a trade is never left out without a gap in its place.
 */
export class LiveProvider implements AsyncDisposable {
  readonly #stream: StreamClient;
  readonly #clock: Clock;
  readonly #options: ProviderOptions;
  readonly #capacity: number;
  readonly #subscriptions = new Map<string, TopicSubscription>();
  readonly #queues = new Set<UpdateQueue>();
  /** Takes in what comes before the first `updates()`. */
  #first: UpdateQueue | undefined;

  constructor(options: ProviderOptions, platform: (endpoint: ResolvedEndpoint) => Platform) {
    const { capacity = 10_000 } = options;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1_000_000) throw new UsageError({ field: 'capacity', value: capacity, rule: 'must be a whole number from 1 to 1000000' });
    this.#options = options;
    this.#capacity = capacity;
    this.#clock = options.clock ?? systemClock();
    this.#stream = new StreamClient(options, platform);
    this.#first = this.#queue();
  }

  /** Whether the daemon listens to us at this moment. */
  get connected(): boolean {
    return this.#stream.connected;
  }

  /** What is subscribed, as `AAPL TRADES`. */
  get subscriptions(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  /**
   * Subscribes a ticker: a symbol, an OCC option symbol, a futures code, or a contract id as `@756733`. A repeat of ticker and kind changes nothing.
   * @throws UsageError for an argument that breaks its rule; the daemon's error when it refuses the ticker, which is then not subscribed; TimeoutError
   *   `IBKR_STREAM_SUBSCRIBE_TIMEOUT` when the daemon says nothing in time, in which case the subscription stays and begins as soon as it can
   */
  async subscribe(ticker: string, options: TickerOptions = {}): Promise<void> {
    const { dataType = 'QUOTES', timeoutMs = 30_000, signal } = options;
    const name = this.#nameOf(ticker, dataType);
    const subscription = this.#subscriptions.get(name) ?? this.#open(name, { ticker: ticker.trim().toUpperCase(), dataType, options });
    await withDeadline(this.#clock, timeoutMs, subscription.ready, {
      signal,
      timeoutError: () => new TimeoutError({ code: 'IBKR_STREAM_SUBSCRIBE_TIMEOUT', message: `The daemon said nothing about ${name} within ${timeoutMs} ms. The subscription stays; it begins as soon as the daemon can be reached.` }),
    });
  }

  /** Ends a subscription, or all of a ticker when no `dataType` is given. Resolves with whether there was one. */
  unsubscribe(ticker: string, { dataType }: { readonly dataType?: DataType | undefined } = {}): Promise<boolean> {
    const names = (dataType === undefined ? DATA_TYPES : [dataType]).map((kind) => this.#nameOf(ticker, kind));
    let found = false;
    for (const name of names) {
      const subscription = this.#subscriptions.get(name);
      if (subscription === undefined) continue;
      found = true;
      this.#subscriptions.delete(name);
      subscription.close();
    }
    return Promise.resolve(found);
  }

  /**
   * What comes, of every ticker. The first call also gives what came before it; each further call makes another reader, which gets everything
   * from then on. Ends when the provider is closed.
   */
  updates(): AsyncIterableIterator<Update, undefined> {
    const queue = this.#first ?? this.#queue();
    this.#first = undefined;
    return queue;
  }

  /** Ends every subscription and reader. Idempotent. */
  async close(): Promise<void> {
    await this.#stream.close();
    this.#subscriptions.clear();
    for (const queue of this.#queues) queue.end();
    this.#queues.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #nameOf(ticker: string, dataType: DataType): string {
    if (!DATA_TYPES.includes(dataType)) throw new UsageError({ field: 'dataType', value: dataType, rule: `must be one of ${DATA_TYPES.join(', ')}` });
    const text = ticker.trim().toUpperCase();
    if (text === '' || text.length > 64 || /[\p{Cc}/]/u.test(text)) throw new UsageError({ field: 'ticker', value: ticker, rule: 'must be a symbol such as AAPL, or a contract id such as @756733' });
    return `${text} ${dataType}`;
  }

  #open(name: string, { ticker, dataType, options }: { readonly ticker: string; readonly dataType: DataType; readonly options: TickerOptions }): TopicSubscription {
    const { instrument, mode = this.#options.mode, minIntervalMs = this.#options.minIntervalMs, barSize = '5s', marketData } = options;
    const subject: FeedSubject = {
      ticker,
      push: (update, how) => {
        if (update.type === 'ended') this.#subscriptions.delete(name);
        for (const queue of this.#queues) queue.push(update, how?.replaces === true ? name : undefined);
      },
    };
    const topic = topicOf(ticker, dataType, barSize);
    const conflating = { instrument, mode, minIntervalMs };
    const subscription = ((): TopicSubscription => {
      switch (dataType) {
        case 'TRADES': return this.#stream.subscribe('trades', topic, tradeSink(subject), { instrument });
        case 'QUOTES': return this.#stream.subscribe('quotes', topic, quoteSink(subject), { ...conflating, marketData });
        case 'BARS': return this.#stream.subscribe('bars', topic, barSink(subject), { instrument });
        case 'DEPTH': return this.#stream.subscribe('depth', topic, depthSink(subject), conflating);
      }
    })();
    this.#subscriptions.set(name, subscription);
    return subscription;
  }

  #queue(): UpdateQueue {
    const queue: UpdateQueue = new UpdateQueue({ capacity: this.#capacity, onReturn: () => { this.#queues.delete(queue); } });
    this.#queues.add(queue);
    return queue;
  }
}
