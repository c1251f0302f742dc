import type { Timer } from '@ibkit/clock';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { TradingConnection } from '../broker/connection-port.js';
import type { LinkState } from './link-state.js';
import type { LiveFeed } from './live-feeds.js';
import { LiveSource } from './live-source.js';

/** What a message means for a value: nothing, a part of it, or all of it. */
export type FeedNews = 'part' | 'all' | undefined;

/** A value that the broker sends in messages with a request id. */
export interface KeyedFeedSpec<T> {
  readonly name: string;
  readonly account: string;
  readonly build: (requestId: number) => ClientMessage;
  readonly cancel: (requestId: number) => ClientMessage;
  /** The broker was asked anew: everything will come again. */
  readonly begin: () => void;
  readonly take: (message: ServerMessage) => FeedNews;
  readonly read: () => T;
  /** Silence after which it is asked for anew, milliseconds: quiet and dead look alike until one asks. */
  readonly verifyMs: number;
}

/** What a {@link KeyedFeed} needs besides. */
export interface FeedDeps {
  readonly connection: TradingConnection;
  readonly link: LinkState;
  /** How long the answer to a request may take, milliseconds. */
  readonly timeoutMs: number;
  readonly onListenerError?: ((error: unknown, type: string) => void) | undefined;
}

/** The reason for values of an account that the session does not have any more. */
export const ACCOUNT_GONE = 'the account is not in the list of the session';

/** Whether the session has an account, as far as it has told. */
export function hasAccount({ accounts }: TradingConnection, account: string): boolean {
  return accounts.length === 0 || accounts.includes(account);
}

/**
 * Keeps one value up to date with a stream of the connection, which asks for it again in every session. After an outage behind the
 * gateway, which keeps the stream, it is asked for anew as well: a value that does not change would look stale for ever. So it is after
 * a long silence; when that is not answered either, the value is stale.
 */
export class KeyedFeed<T extends object> implements LiveFeed<T> {
  readonly source: LiveSource<T>;
  readonly #spec: KeyedFeedSpec<T>;
  readonly #deps: FeedDeps;
  readonly #onOver: () => Promise<void>;
  readonly #offLink: () => void;
  #upstream: { close(): Promise<void> } | undefined;
  #isGone = false;
  #verify: Timer | undefined;
  #closed = false;

  constructor(spec: KeyedFeedSpec<T>, deps: FeedDeps, onOver: () => Promise<void>) {
    const { connection, link, onListenerError } = deps;
    this.#spec = spec;
    this.#deps = deps;
    this.#onOver = onOver;
    this.source = new LiveSource({ clock: connection.clock, read: spec.read, onIdle: onOver, onListenerError });
    if (link.reason !== undefined) this.source.interrupted(link.reason, link.lastMessageAtMs);
    this.#offLink = link.on((change) => {
      if (change.type === 'down') this.source.interrupted(change.reason, change.fromMs);
      else if (change.type === 'accounts') this.#checkAccount();
      else if (!change.restored) this.#reopen();
    });
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#offLink();
    this.#verify?.cancel();
    await this.#upstream?.close();
  }

  #open(): void {
    const { name, build, cancel, begin } = this.#spec;
    const upstream = this.#deps.connection.subscribe({
      name,
      lane: 'account',
      build: (requestId) => {
        begin();
        return build(requestId);
      },
      cancel,
      receive: (message) => {
        this.#take(message);
      },
      onEnd: (error) => {
        if (this.#closed || this.#upstream !== upstream || error === undefined) return;
        this.source.end(error);
        void this.#onOver();
      },
    });
    this.#upstream = upstream;
    this.#listen();
  }

  /** From now on it has its time to say something. */
  #listen(): void {
    const { connection, link, timeoutMs } = this.#deps;
    const { clock } = connection;
    const sinceMs = clock.now();
    this.#verify?.cancel();
    this.#verify = clock.setTimer(
      this.#spec.verifyMs,
      () => {
        if (link.reason !== undefined) {
          this.#listen();
          return;
        }
        this.#reopen();
        this.#verify?.cancel();
        this.#verify = clock.setTimer(
          timeoutMs,
          () => {
            // A link that is down has its own reason.
            if (link.reason === undefined) this.source.interrupted('the broker does not send it any more', sinceMs);
            this.#listen();
          },
          { keepAlive: false },
        );
      },
      { keepAlive: false },
    );
  }

  #reopen(): void {
    const { source } = this;
    const old = this.#upstream;
    this.#upstream = undefined;
    void old?.close();
    if (!this.#closed && source.hasReaders) this.#open();
  }

  #take(message: ServerMessage): void {
    const news = this.#spec.take(message);
    if (news !== undefined) this.#listen();
    // Without its link the gateway answers from memory.
    if (news === 'all' && this.#deps.link.reason === undefined && !this.#isGone) this.source.completed();
    else if (news !== undefined) this.source.touched();
  }

  #checkAccount(): void {
    const { connection, link } = this.#deps;
    const isGone = !hasAccount(connection, this.#spec.account);
    if (isGone === this.#isGone) return;
    this.#isGone = isGone;
    if (isGone) this.source.interrupted(ACCOUNT_GONE, connection.clock.now());
    else if (link.reason === undefined) this.#reopen();
  }
}
