import { effect, signal } from '@preact/signals';
import type { ReadonlySignal, Signal } from '@preact/signals';
import { topicText } from '@ibkit/api-contract';
import type { ApiRecentErrors, ApiStatus, DaemonOperations, Scope, TopicKindName } from '@ibkit/api-contract';
import type { Clock, Timer } from '@ibkit/clock';
import type { StreamConnectionChange, TopicEvent, TopicOptions, TopicSubscription } from '@ibkit/websocket-provider/browser';
import { PriceHistory } from './price-history.js';
import { UNKNOWN, viewAfter } from './topic-view.js';
import type { TopicView } from './topic-view.js';

/** The stream, as far as the page needs it. */
export interface StreamPort {
  subscribe<K extends TopicKindName>(kind: K, topic: string, sink: (event: TopicEvent<K>) => void, options?: TopicOptions): TopicSubscription;
  close(): Promise<void>;
}

/** The operations that the page calls. */
export type ClientPort = Pick<DaemonOperations, 'status' | 'errors' | 'cancelOrder' | 'cancelAll' | 'kill'> & { close(): Promise<void> };

/** Makes both for a token. */
export type Connect = (options: { readonly token: string; readonly onConnection: (change: StreamConnectionChange) => void }) => { readonly stream: StreamPort; readonly client: ClientPort };

/** Our own line to the daemon. */
export interface LinkView {
  readonly state: 'connecting' | 'open' | 'lost' | 'closed';
  readonly sinceMs: number;
  readonly reason: string | undefined;
}

/** A symbol that is watched. */
export interface Watched {
  readonly symbol: string;
  readonly view: ReadonlySignal<TopicView<'quotes'>>;
  readonly history: PriceHistory;
}

/** How often the daemon is asked for what the stream does not tell, in milliseconds. */
const POLL_MS = 2_000;

/** Everything that the page shows, alive for one token. */
export class Live {
  readonly link: Signal<LinkView>;
  readonly scope: Signal<Scope | undefined> = signal(undefined);
  readonly status: Signal<ApiStatus | undefined> = signal(undefined);
  readonly errors: Signal<ApiRecentErrors['errors']> = signal([]);
  readonly health: ReadonlySignal<TopicView<'health'>>;
  readonly gateway: ReadonlySignal<TopicView<'gateway'>>;
  readonly risk: ReadonlySignal<TopicView<'risk'>>;
  readonly positions: ReadonlySignal<TopicView<'positions'>>;
  readonly orders: ReadonlySignal<TopicView<'orders'>>;
  readonly executions: ReadonlySignal<TopicView<'executions'>>;
  readonly audit: ReadonlySignal<TopicView<'audit'>>;
  readonly pnl: Signal<ReadonlyMap<string, ReadonlySignal<TopicView<'pnl'>>>> = signal(new Map());
  readonly values: Signal<ReadonlyMap<string, ReadonlySignal<TopicView<'account'>>>> = signal(new Map());
  readonly watched: Signal<readonly Watched[]> = signal([]);
  readonly client: ClientPort;
  readonly clock: Clock;
  readonly #stream: StreamPort;
  readonly #quotes = new Map<string, { readonly watched: Watched; readonly subscription: TopicSubscription }>();
  readonly #stops: (() => void)[] = [];
  #poll: Timer | undefined;
  #closed = false;

  constructor({ token, connect, clock }: { readonly token: string; readonly connect: Connect; readonly clock: Clock }) {
    this.clock = clock;
    this.link = signal({ state: 'connecting', sinceMs: clock.now(), reason: undefined });
    const { stream, client } = connect({ token, onConnection: (change) => { this.#onConnection(change); } });
    this.#stream = stream;
    this.client = client;
    this.health = this.#follow('health', 'health');
    this.gateway = this.#follow('gateway', 'gateway');
    this.risk = this.#follow('risk', 'risk');
    this.positions = this.#follow('positions', 'positions');
    this.orders = this.#follow('orders', 'orders');
    this.executions = this.#follow('executions', 'executions');
    this.audit = this.#follow('audit', 'audit');
    this.#stops.push(effect(() => { this.#followAccounts(this.status.value?.connection.accounts ?? []); }));
    void this.#ask();
  }

  /** Follows these symbols and no others. */
  watch(symbols: readonly string[]): void {
    for (const [symbol, { subscription }] of this.#quotes) {
      if (symbols.includes(symbol)) continue;
      subscription.close();
      this.#quotes.delete(symbol);
    }
    for (const symbol of symbols) if (!this.#quotes.has(symbol)) this.#watch(symbol);
    this.watched.value = symbols.flatMap((symbol) => this.#quotes.get(symbol)?.watched ?? []);
  }

  /** Ends everything. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#poll?.cancel();
    for (const stop of this.#stops) stop();
    await Promise.all([this.#stream.close(), this.client.close()]);
  }

  #follow<K extends TopicKindName>(kind: K, topic: string): ReadonlySignal<TopicView<K>> {
    const view: Signal<TopicView<K>> = signal(UNKNOWN);
    this.#stream.subscribe(kind, topic, (event) => { view.value = viewAfter(kind, view.value, event); });
    return view;
  }

  #followAccounts(accounts: readonly string[]): void {
    const [pnl, values] = [this.pnl.peek(), this.values.peek()];
    const missing = accounts.filter((account) => !pnl.has(account));
    if (missing.length === 0) return;
    this.pnl.value = new Map([...pnl, ...missing.map((account) => [account, this.#follow('pnl', topicText({ kind: 'pnl', account }))] as const)]);
    this.values.value = new Map([...values, ...missing.map((account) => [account, this.#follow('account', topicText({ kind: 'account', account }))] as const)]);
  }

  #watch(symbol: string): void {
    const view: Signal<TopicView<'quotes'>> = signal(UNKNOWN);
    const history = new PriceHistory();
    const subscription = this.#stream.subscribe(
      'quotes',
      topicText({ kind: 'quotes', instrument: symbol }),
      (event) => {
        view.value = viewAfter('quotes', view.value, event);
        const { data, stale } = view.value;
        if (stale !== undefined || data?.stale === true) history.add(event.atMs, null);
        else history.add(event.atMs, priceOf(data));
      },
      { mode: 'latest', minIntervalMs: 250, marketData: 'delayed' },
    );
    this.#quotes.set(symbol, { watched: { symbol, view, history }, subscription });
  }

  #onConnection(change: StreamConnectionChange): void {
    const sinceMs = this.clock.now();
    if (change.state === 'open') {
      this.scope.value = change.scope;
      this.link.value = { state: 'open', sinceMs, reason: undefined };
      return;
    }
    const { state, sinceMs: before } = this.link.value;
    // A line that stays away is away since it went, not since the last attempt.
    this.link.value = { state: change.state, sinceMs: state === change.state ? before : sinceMs, reason: change.error?.message };
  }

  async #ask(): Promise<void> {
    try {
      const [status, { errors }] = await Promise.all([this.client.status({}), this.client.errors({ limit: 20 })]);
      this.status.value = status;
      this.errors.value = errors;
    } catch {
      // The stream tells that the daemon is away, and since when.
    }
    if (!this.#closed) this.#poll = this.clock.setTimer(POLL_MS, () => { void this.#ask(); });
  }
}

/** What a chart shows of a quote: the last trade, else the middle of bid and ask. */
export function priceOf(quote: { readonly last?: string | undefined; readonly bid?: string | undefined; readonly ask?: string | undefined } | undefined): number | null {
  if (quote?.last !== undefined) return Number(quote.last);
  return quote?.bid === undefined || quote.ask === undefined ? null : (Number(quote.bid) + Number(quote.ask)) / 2;
}
