import type { Timer } from '@ibkit/clock';
import { SystemError, asError } from '@ibkit/error-codes';
import type { BrokerLists } from '../broker/broker-lists.js';
import { positionKey, positionOf } from '../broker/position-rows.js';
import type { Position } from './account-data.js';
import type { FeedDeps } from './keyed-feed.js';
import type { LiveFeed } from './live-feeds.js';
import { LiveSource } from './live-source.js';

/** Every position that is not 0, of every account. */
export interface PositionList {
  readonly positions: readonly Position[];
}

/** What a {@link PositionsFeed} needs. */
export interface PositionsFeedDeps extends FeedDeps {
  readonly lists: BrokerLists;
  /** After a list that failed, milliseconds. */
  readonly retryMs: number;
}

/**
 * Keeps the list of positions up to date: a complete list, then every change, and a complete list again after every outage. Complete
 * lists that others ask for are taken, too, so that a stream that died in silence is noticed at the next one.
 */
export class PositionsFeed implements LiveFeed<PositionList> {
  readonly source: LiveSource<PositionList>;
  readonly #deps: PositionsFeedDeps;
  readonly #stop = new AbortController();
  readonly #off: readonly (() => void)[];
  #positions = new Map<string, Position>();
  #isAsking = false;
  /** An outage that came while we asked: the answer may be from before it. */
  #askAgain = false;
  /** Only a list that we asked for after the last outage proves what is there after it. */
  #isProven = false;
  #retry: Timer | undefined;

  constructor(deps: PositionsFeedDeps, onOver: () => Promise<void>) {
    const { connection, link, lists, onListenerError } = deps;
    this.#deps = deps;
    this.source = new LiveSource<PositionList>({ clock: connection.clock, read: () => ({ positions: [...this.#positions.values()] }), onIdle: onOver, onListenerError });
    this.#off = [
      link.on((change) => {
        if (change.type === 'down') this.source.interrupted(change.reason, change.fromMs);
        else if (change.type === 'up') this.#ask();
      }),
      connection.onMessage((message) => {
        if (message.type !== 'position' || !this.source.isOpen) return;
        const key = positionKey(message);
        if (message.position === 0) this.#positions.delete(key);
        else this.#positions.set(key, positionOf(message));
        this.source.touched();
      }),
      lists.onPositions((positions) => {
        this.#adopt(positions);
      }),
    ];
    this.#ask();
  }

  close(): Promise<void> {
    for (const off of this.#off) off();
    this.#retry?.cancel();
    this.#stop.abort(new SystemError({ code: 'IBKR_STREAM_CLOSED', message: 'Nobody reads the positions any more' }));
    return Promise.resolve();
  }

  #adopt(positions: readonly Position[]): void {
    this.#positions = new Map(positions.map((position) => [positionKey(position), position]));
    if (this.#isProven && this.#deps.link.reason === undefined) this.source.completed();
    else this.source.touched();
  }

  #ask(): void {
    const { link } = this.#deps;
    this.#retry?.cancel();
    this.#isProven = false;
    if (link.reason !== undefined || this.#stop.signal.aborted) return;
    if (this.#isAsking) {
      this.#askAgain = true;
      return;
    }
    void this.#read();
  }

  async #read(): Promise<void> {
    const { retryMs, connection } = this.#deps;
    this.#isAsking = true;
    const error = await this.#failure();
    this.#isAsking = false;
    if (this.#stop.signal.aborted) return;
    if (this.#askAgain) {
      this.#askAgain = false;
      this.#ask();
    } else if (error === undefined) {
      this.#isProven = true;
      this.source.completed();
    } else {
      this.source.interrupted(`the positions were not sent: ${error.message}`, connection.clock.now());
      this.#retry = connection.clock.setTimer(
        retryMs,
        () => {
          this.#ask();
        },
        { keepAlive: false },
      );
    }
  }

  /** Asks once; the feed hears of the list like of any other complete one. Gives back why there is none. */
  async #failure(): Promise<Error | undefined> {
    const { lists, timeoutMs } = this.#deps;
    try {
      await lists.positions({ timeoutMs, signal: this.#stop.signal });
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }
}
