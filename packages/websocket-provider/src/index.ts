import type { DaemonEndpoint } from './endpoint.js';
import { HttpClient } from './http/http-client.js';
import { nodePlatform } from './platform/node-platform.js';
import { LiveProvider } from './provider/live-provider.js';
import type { ProviderOptions } from './provider/live-provider.js';
import { StreamClient } from './stream/stream-client.js';
import type { StreamOptions } from './stream/stream-client.js';

/** {@link HttpClient} for Node: header authorisation, Unix sockets, own certificate authorities. */
export class DaemonClient extends HttpClient {
  /** @throws UsageError for an option that breaks its rule; ConfigurationError `IBKR_DAEMON_TOKEN_MISSING` without a token */
  constructor(options: DaemonEndpoint) {
    super(options, nodePlatform);
  }
}

/** {@link StreamClient} for Node. */
export class DaemonStream extends StreamClient {
  /** @throws UsageError for an option that breaks its rule; ConfigurationError `IBKR_DAEMON_TOKEN_MISSING` without a token */
  constructor(options: StreamOptions) {
    super(options, nodePlatform);
  }
}

/** {@link LiveProvider} for Node. */
export class WebSocketProvider extends LiveProvider {
  /** @throws UsageError for an option that breaks its rule; ConfigurationError `IBKR_DAEMON_TOKEN_MISSING` without a token */
  constructor(options: ProviderOptions) {
    super(options, nodePlatform);
  }
}

export type { DaemonEndpoint, TokenSource } from './endpoint.js';
export { HttpClient } from './http/http-client.js';
export type { BarSize } from './provider/feeds.js';
export { DATA_TYPES } from './provider/update.js';
export type { BarUpdate, BookLevel, DataType, DepthUpdate, EndedUpdate, GapUpdate, QuoteMode, QuoteUpdate, ResumedUpdate, StaleUpdate, TradeUpdate, Update } from './provider/update.js';
export { LiveProvider } from './provider/live-provider.js';
export type { ProviderOptions, TickerOptions } from './provider/live-provider.js';
export type { StreamEncoding } from './stream/codec.js';
export { StreamClient } from './stream/stream-client.js';
export type { StreamConnectionChange, StreamOptions, TopicSubscription } from './stream/stream-client.js';
export type { TopicOptions } from './stream/subscription.js';
export type { SnapshotReason, TopicEvent } from './stream/topic-event.js';
