import type { Timer } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import type { BrokerLists, ListOptions } from '../broker/broker-lists.js';
import { ACCOUNT_GONE, hasAccount } from './keyed-feed.js';
import type { FeedDeps } from './keyed-feed.js';
import { LiveFeeds } from './live-feeds.js';
import type { LiveFeed } from './live-feeds.js';
import { LiveSource } from './live-source.js';
import type { LiveStream } from './live-stream.js';
import { PortfolioBook } from './portfolio-book.js';
import type { Portfolio } from './portfolio-book.js';

/** How long an account keeps the slot while other accounts are followed as well, milliseconds. */
const SHARE_MS = 5_000;

/** How long the only one that is followed is believed without a new download, milliseconds: quiet and dead look alike until one asks. */
const VERIFY_MS = 600_000;

/** What a {@link PortfolioSlot} needs. */
export interface PortfolioSlotDeps extends FeedDeps {
  readonly lists: BrokerLists;
  /** After a download that failed, milliseconds. */
  readonly retryMs: number;
}

interface Followed extends LiveFeed<Portfolio> {
  readonly account: string;
  book: PortfolioBook;
  /** Its last download failed: it is its turn again when the pause is over. */
  failed: boolean;
  /** Its turn is coming or under way. */
  inLine: boolean;
}

/**
 * The portfolios of accounts over the one slot that the broker has for them: a second account takes the place of the first (TWS API:
 * reqAccountUpdates). Whoever asks once borrows the slot; accounts that are followed at the same time take turns, each with a complete
 * download. The slot is given up when nobody follows anything.
 */
export class PortfolioSlot {
  readonly #deps: PortfolioSlotDeps;
  readonly #feeds = new LiveFeeds<Portfolio>();
  readonly #followed = new Map<string, Followed>();
  readonly #stop = new AbortController();
  readonly #off: readonly (() => void)[];
  #queue: Promise<unknown> = Promise.resolve();
  #holder: string | undefined;
  #lastTurn: string | undefined;
  #outages = 0;
  #timer: Timer | undefined;

  constructor(deps: PortfolioSlotDeps) {
    const { connection, link } = deps;
    this.#deps = deps;
    this.#off = [
      link.on((change) => {
        if (change.type === 'down') this.#lost(change.reason, change.fromMs);
        else if (change.type === 'accounts') this.#checkAccounts();
        else this.#next();
      }),
      connection.onMessage((message) => {
        const feed = this.#holder === undefined ? undefined : this.#followed.get(this.#holder);
        // During a download the rows belong to the download.
        if (feed?.source.isOpen === true && feed.book.take(message) === 'row') feed.source.touched();
      }),
    ];
  }

  /** One complete portfolio. @throws what keeps it from being complete: no answer is not an empty portfolio. */
  read(account: string, options: Partial<ListOptions> = {}): Promise<Portfolio> {
    return this.#queued(async () => {
      try {
        const book = await this.#download(account, options);
        return book.view;
      } finally {
        this.#settle();
      }
    });
  }

  /** The portfolio as it changes: about every three minutes, and after trades. */
  open(account: string): LiveStream<Portfolio> {
    return this.#feeds.open(account, (onOver) => {
      const { connection, link, onListenerError } = this.#deps;
      const feed: Followed = {
        account,
        book: new PortfolioBook(account),
        failed: false,
        inLine: false,
        source: new LiveSource({ clock: connection.clock, read: () => feed.book.view, onIdle: onOver, onListenerError }),
        close: async () => {
          this.#followed.delete(account);
          if (this.#holder !== account) return;
          await this.#queued(() => {
            this.#settle();
          });
        },
      };
      this.#followed.set(account, feed);
      if (link.reason === undefined) this.#refresh(feed);
      return feed;
    });
  }

  async close(error: Error | undefined): Promise<void> {
    for (const off of this.#off) off();
    this.#timer?.cancel();
    this.#stop.abort(new SystemError({ code: 'IBKR_TRADING_CLOSED', message: 'Trading was closed' }));
    await this.#feeds.close(error);
    await this.#queue;
    await this.#release();
  }

  /** One thing at a time. */
  #queued<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #download(account: string, { timeoutMs, signal }: Partial<ListOptions>): Promise<PortfolioBook> {
    const { lists } = this.#deps;
    const book = new PortfolioBook(account);
    const signals = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    this.#holder = undefined;
    this.#lastTurn = account;
    await lists.portfolioTurn(account, book, { timeoutMs: timeoutMs ?? this.#deps.timeoutMs, signal: signals });
    this.#holder = account;
    const feed = this.#followed.get(account);
    if (feed !== undefined) {
      feed.book = book;
      if (this.#deps.link.reason === undefined && hasAccount(this.#deps.connection, account)) feed.source.completed();
    }
    return book;
  }

  #refresh(feed: Followed): void {
    if (feed.inLine) return;
    feed.inLine = true;
    void this.#queued(() => this.#takeTurn(feed));
  }

  async #takeTurn(feed: Followed): Promise<void> {
    const { link, connection } = this.#deps;
    const outages = this.#outages;
    try {
      if (this.#followed.get(feed.account) === feed && link.reason === undefined) await this.#download(feed.account, {});
    } catch (error) {
      // After an outage it is asked again as soon as the link is there.
      if (outages === this.#outages) {
        feed.failed = true;
        feed.source.interrupted(`the portfolio was not sent: ${error instanceof Error ? error.message : String(error)}`, connection.clock.now());
      }
    }
    feed.inLine = false;
    this.#settle();
  }

  /** After every use of the slot: who has it next, and when. */
  #settle(): void {
    const { link, retryMs } = this.#deps;
    if (this.#stop.signal.aborted) return;
    if (this.#followed.size === 0) {
      void this.#release();
      return;
    }
    if (link.reason !== undefined) return;
    const isHeld = this.#holder !== undefined && this.#followed.has(this.#holder);
    const next = this.#inTurn().find(({ source, failed }) => !failed && !source.isFresh);
    if (next !== undefined) this.#refresh(next);
    else if ([...this.#followed.values()].some(({ failed }) => failed)) this.#later(retryMs);
    else if (!isHeld) this.#next();
    else this.#later(this.#followed.size > 1 ? SHARE_MS : VERIFY_MS);
  }

  #later(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.connection.clock.setTimer(
      delayMs,
      () => {
        this.#next();
      },
      { keepAlive: false },
    );
  }

  /** Those whose account the session has, beginning after the one that had the last turn. */
  #inTurn(): readonly Followed[] {
    const all = [...this.#followed.values()];
    const start = all.findIndex(({ account }) => account === this.#lastTurn) + 1;
    return [...all.slice(start), ...all.slice(0, start)].filter(({ account }) => hasAccount(this.#deps.connection, account));
  }

  #next(): void {
    this.#timer?.cancel();
    for (const feed of this.#followed.values()) feed.failed = false;
    const [feed] = this.#inTurn();
    if (feed !== undefined && this.#deps.link.reason === undefined) this.#refresh(feed);
  }

  async #release(): Promise<void> {
    const account = this.#holder;
    this.#holder = undefined;
    this.#timer?.cancel();
    if (account === undefined) return;
    try {
      await this.#deps.connection.session?.send({ type: 'reqAccountUpdates', subscribe: false, acctCode: account }, { lane: 'account' });
    } catch {
      // The session is gone, and the stream with it.
    }
  }

  #lost(reason: string, fromMs: number): void {
    this.#outages += 1;
    this.#holder = undefined;
    this.#timer?.cancel();
    for (const { source } of this.#followed.values()) source.interrupted(reason, fromMs);
  }

  #checkAccounts(): void {
    const { connection } = this.#deps;
    for (const { account, source } of this.#followed.values()) {
      if (!hasAccount(connection, account)) source.interrupted(ACCOUNT_GONE, connection.clock.now());
    }
    void this.#queued(() => {
      this.#settle();
    });
  }
}
