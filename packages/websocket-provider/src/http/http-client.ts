import type { DaemonOperations, Operation } from '@ibkit/api-contract';
import { resolveEndpoint } from '../endpoint.js';
import type { DaemonEndpoint, ResolvedEndpoint } from '../endpoint.js';
import type { Platform } from '../platform/platform.js';
import { Caller } from './caller.js';

/**
 * Every operation of the daemon over HTTP, one method per route of `@ibkit/api-contract`.
 *
 * A call is never repeated by itself. It rejects with the error that the daemon had (same class, code and tips), with `IBKR_DAEMON_UNREACHABLE`
 * when nobody answers, `IBKR_DAEMON_TIMEOUT` when the answer does not come in time, and the signal's reason when `options.signal` aborts.
 */
export class HttpClient implements DaemonOperations, AsyncDisposable {
  readonly #caller: Caller;

  constructor(options: DaemonEndpoint, platform: (endpoint: ResolvedEndpoint) => Platform) {
    const endpoint = resolveEndpoint(options);
    this.#caller = new Caller(endpoint, platform(endpoint));
  }

  /** Whether the process answers. `GET /healthz` */
  readonly healthz: Operation<'healthz'> = (input, options) => this.#caller.call('healthz', input, options);
  /** Whether data and trading are ready. `GET /readyz` */
  readonly readyz: Operation<'readyz'> = (input, options) => this.#caller.call('readyz', input, options);
  /** Connection and health, layer by layer. `GET /v1/status` */
  readonly status: Operation<'status'> = (input, options) => this.#caller.call('status', input, options);
  /** Is the gateway all right, and if not, why. `GET /v1/diagnosis` */
  readonly diagnosis: Operation<'diagnosis'> = (input, options) => this.#caller.call('diagnosis', input, options);
  /** Accounts and their summary values. `GET /v1/accounts` */
  readonly accounts: Operation<'accounts'> = (input, options) => this.#caller.call('accounts', input, options);
  /** Positions, of all accounts or of one. `GET /v1/positions` */
  readonly positions: Operation<'positions'> = (input, options) => this.#caller.call('positions', input, options);
  /** Profit and loss. `GET /v1/pnl` */
  readonly pnl: Operation<'pnl'> = (input, options) => this.#caller.call('pnl', input, options);
  /** Which instrument a name stands for. `GET /v1/contracts/:symbol` */
  readonly contract: Operation<'contract'> = (input, options) => this.#caller.call('contract', input, options);
  /** The present quote of an instrument. `GET /v1/quotes/:symbol` */
  readonly quote: Operation<'quote'> = (input, options) => this.#caller.call('quote', input, options);
  /** The book of an instrument. `GET /v1/depth/:symbol` */
  readonly depth: Operation<'depth'> = (input, options) => this.#caller.call('depth', input, options);
  /** An option chain with Greeks. `GET /v1/chains/:symbol` */
  readonly chain: Operation<'chain'> = (input, options) => this.#caller.call('chain', input, options);
  /** Bars of the past, page by page. `GET /v1/history` */
  readonly history: Operation<'history'> = (input, options) => this.#caller.call('history', input, options);
  /** How many requests a history takes and how long, before anything is asked. `GET /v1/history/plan` */
  readonly historyPlan: Operation<'historyPlan'> = (input, options) => this.#caller.call('historyPlan', input, options);
  /** Headlines. `GET /v1/news/:symbol` */
  readonly news: Operation<'news'> = (input, options) => this.#caller.call('news', input, options);
  /** The text of an article. `GET /v1/news/articles/:provider/:article` */
  readonly article: Operation<'article'> = (input, options) => this.#caller.call('article', input, options);
  /** A market scan. `GET /v1/scans/:code` */
  readonly scan: Operation<'scan'> = (input, options) => this.#caller.call('scan', input, options);
  /** How much was traded at which price. `GET /v1/histogram/:symbol` */
  readonly histogram: Operation<'histogram'> = (input, options) => this.#caller.call('histogram', input, options);
  /** Our orders, newest first, and the open ones of others. `GET /v1/orders` */
  readonly orders: Operation<'orders'> = (input, options) => this.#caller.call('orders', input, options);
  /** What an order would be, cost and do to the margin; nothing is placed. `POST /v1/orders/preview` */
  readonly previewOrder: Operation<'previewOrder'> = (input, options) => this.#caller.call('previewOrder', input, options);
  /** Places an order. 202: recorded, and its outcome is open or unknown. `POST /v1/orders` */
  readonly placeOrder: Operation<'placeOrder'> = (input, options) => this.#caller.call('placeOrder', input, options);
  /** One order, by its id or its key. `GET /v1/orders/:id` */
  readonly order: Operation<'order'> = (input, options) => this.#caller.call('order', input, options);
  /** Changes a working order. `PATCH /v1/orders/:id` */
  readonly modifyOrder: Operation<'modifyOrder'> = (input, options) => this.#caller.call('modifyOrder', input, options);
  /** Cancels an order. `DELETE /v1/orders/:id` */
  readonly cancelOrder: Operation<'cancelOrder'> = (input, options) => this.#caller.call('cancelOrder', input, options);
  /** Cancels our open orders. `DELETE /v1/orders` */
  readonly cancelAll: Operation<'cancelAll'> = (input, options) => this.#caller.call('cancelAll', input, options);
  /** Our fills. `GET /v1/fills` */
  readonly fills: Operation<'fills'> = (input, options) => this.#caller.call('fills', input, options);
  /** Compares the journal with the broker now. `POST /v1/reconcile` */
  readonly reconcile: Operation<'reconcile'> = (input, options) => this.#caller.call('reconcile', input, options);
  /** What the latest comparison with the broker found. `GET /v1/reconcile` */
  readonly lastReconcile: Operation<'lastReconcile'> = (input, options) => this.#caller.call('lastReconcile', input, options);
  /** Order gate, arming, kill switch, caps. `GET /v1/risk` */
  readonly risk: Operation<'risk'> = (input, options) => this.#caller.call('risk', input, options);
  /** Allows live orders in one account for a while. `POST /v1/arm` */
  readonly arm: Operation<'arm'> = (input, options) => this.#caller.call('arm', input, options);
  /** Ends the arming. `DELETE /v1/arm` */
  readonly disarm: Operation<'disarm'> = (input, options) => this.#caller.call('disarm', input, options);
  /** The kill switch: cancels our orders and sends none until it is released. `POST /v1/kill` */
  readonly kill: Operation<'kill'> = (input, options) => this.#caller.call('kill', input, options);
  /** Switches the kill switch off. `DELETE /v1/kill` */
  readonly releaseKill: Operation<'releaseKill'> = (input, options) => this.#caller.call('releaseKill', input, options);
  /** Every decision, message and outcome, as it was written down. `GET /v1/audit` */
  readonly audit: Operation<'audit'> = (input, options) => this.#caller.call('audit', input, options);
  /** How the gateway process is. `GET /v1/gateway` */
  readonly gateway: Operation<'gateway'> = (input, options) => this.#caller.call('gateway', input, options);
  /** Starts the gateway process. `POST /v1/gateway/start` */
  readonly startGateway: Operation<'startGateway'> = (input, options) => this.#caller.call('startGateway', input, options);
  /** Stops the gateway process. `POST /v1/gateway/stop` */
  readonly stopGateway: Operation<'stopGateway'> = (input, options) => this.#caller.call('stopGateway', input, options);
  /** Restarts the gateway process. `POST /v1/gateway/restart` */
  readonly restartGateway: Operation<'restartGateway'> = (input, options) => this.#caller.call('restartGateway', input, options);
  /** The options flow service: status, tickers, trades, minute-data, divergence, predictions, data-range. `GET /v1/flow/:view` */
  readonly flow: Operation<'flow'> = (input, options) => this.#caller.call('flow', input, options);
  /** What a TWS code means and what to do. `GET /v1/errors/:code` */
  readonly error: Operation<'error'> = (input, options) => this.#caller.call('error', input, options);
  /** What went wrong lately, with tips. `GET /v1/errors` */
  readonly errors: Operation<'errors'> = (input, options) => this.#caller.call('errors', input, options);
  /** What is recorded. `GET /v1/recordings` */
  readonly recordings: Operation<'recordings'> = (input, options) => this.#caller.call('recordings', input, options);
  /** Begins to record topics. `POST /v1/recordings` */
  readonly startRecording: Operation<'startRecording'> = (input, options) => this.#caller.call('startRecording', input, options);
  /** Ends a recording. `DELETE /v1/recordings/:id` */
  readonly stopRecording: Operation<'stopRecording'> = (input, options) => this.#caller.call('stopRecording', input, options);
  /** The tokens, without their secrets. `GET /v1/tokens` */
  readonly tokens: Operation<'tokens'> = (input, options) => this.#caller.call('tokens', input, options);
  /** Makes a token. `POST /v1/tokens` */
  readonly createToken: Operation<'createToken'> = (input, options) => this.#caller.call('createToken', input, options);
  /** Revokes a token. `DELETE /v1/tokens/:id` */
  readonly revokeToken: Operation<'revokeToken'> = (input, options) => this.#caller.call('revokeToken', input, options);
  /** A ticket that opens one stream within 30 s: how a browser does it. `POST /v1/ws-tickets` */
  readonly createTicket: Operation<'createTicket'> = (input, options) => this.#caller.call('createTicket', input, options);
  /** Who listens to the stream, and how well. `GET /v1/connections` */
  readonly connections: Operation<'connections'> = (input, options) => this.#caller.call('connections', input, options);

  /** Ends every call. Idempotent. */
  close(): Promise<void> {
    this.#caller.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
