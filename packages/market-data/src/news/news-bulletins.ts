import type { Clock } from '@ibkit/clock';
import type { ServerMessage } from '@ibkit/wire';
import { plainLine, plainText } from '../broker-text/plain-text.js';
import type { DataGap, MarketDataConnection, MarketDataUpstream } from '../connection-port.js';
import { GapTracker } from '../streams/gap-tracker.js';
import type { LinkChange, LinkWatch } from '../streams/link-watch.js';
import type { NewsGap } from './live-news.js';
import { SeenItems } from './seen-items.js';

/** A bulletin of the broker about an exchange or the system. */
export interface NewsBulletin {
  readonly type: 'bulletin';
  readonly id: number;
  /** `exchangeDown` and `exchangeUp`: trading at an exchange is not possible, or is again. */
  readonly kind: 'notice' | 'exchangeDown' | 'exchangeUp';
  /** Without control characters. */
  readonly text: string;
  readonly exchange?: string | undefined;
  readonly receivedAtMs: number;
}

/** Somebody who reads bulletins. */
export interface BulletinReader {
  push(item: NewsBulletin | NewsGap): void;
}

/** TWS API: kinds of bulletins, by their numbers. */
const KINDS: Readonly<Record<number, NewsBulletin['kind']>> = { 2: 'exchangeDown', 3: 'exchangeUp' };

/** The one stream of bulletins that a session has, shared by all who read it. TWS API: its messages carry no request id. */
export class NewsBulletins {
  readonly #deps: { readonly connection: MarketDataConnection; readonly clock: Clock; readonly link: LinkWatch };
  readonly #readers = new Map<BulletinReader, boolean>();
  #gaps = new GapTracker();
  #seen = new SeenItems();
  #upstream: MarketDataUpstream | undefined;
  #withAll = false;
  #offs: readonly (() => void)[] = [];
  #closing: Promise<void> = Promise.resolve();

  constructor(deps: { readonly connection: MarketDataConnection; readonly clock: Clock; readonly link: LinkWatch }) {
    this.#deps = deps;
  }

  /** Lets somebody read; `all`: those of earlier today, too, which then come for everybody who has not seen them. */
  add(reader: BulletinReader, all: boolean): void {
    const isFirst = this.#readers.size === 0;
    this.#readers.set(reader, all);
    if (isFirst) this.#begin();
    if (isFirst || (all && !this.#withAll)) this.#ask();
  }

  /** The reader reads no more; the last one ends the stream. Resolves once the broker was told. */
  remove(reader: BulletinReader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) {
      for (const off of this.#offs) off();
      this.#offs = [];
      this.#closeUpstream();
    }
    return this.#closing;
  }

  #begin(): void {
    const { connection, link } = this.#deps;
    this.#gaps = new GapTracker();
    this.#seen = new SeenItems();
    this.#offs = [
      connection.onMessage((message) => {
        this.#receive(message);
      }),
      link.on((change) => {
        this.#onLink(change);
      }),
    ];
  }

  #ask(): void {
    this.#closeUpstream();
    this.#withAll = [...this.#readers.values()].some(Boolean);
    const allMessages = this.#withAll;
    this.#upstream = this.#deps.connection.subscribe({
      name: 'news bulletins',
      build: () => ({ type: 'reqNewsBulletins', allMessages }),
      cancel: () => ({ type: 'cancelNewsBulletins' }),
      receive: () => undefined,
    });
  }

  #receive(message: ServerMessage): void {
    if (message.type !== 'newsBulletins' || !this.#seen.isNew(String(message.msgId))) return;
    const exchange = plainLine(message.originExch);
    this.#tell(Object.freeze({
      type: 'bulletin', id: message.msgId, kind: KINDS[message.msgType] ?? 'notice', text: plainText(message.message), exchange: exchange === '' ? undefined : exchange,
      receivedAtMs: this.#deps.clock.now(),
    })); // prettier-ignore
  }

  /** Bulletins are rare: a hole is told when the link is back, not with the next one. */
  #onLink(change: LinkChange): void {
    const nowMs = this.#deps.clock.now();
    if (change.type === 'farmDown') return;
    if (change.type === 'up') {
      if (change.after === 'upstreamDown') this.#ask();
    } else {
      this.#gaps.begin(nowMs, change.reason);
    }
    const gap: DataGap | undefined = change.type === 'down' ? undefined : this.#gaps.end(nowMs);
    if (gap !== undefined) this.#tell(Object.freeze({ type: 'gap', ...gap }));
  }

  #tell(item: NewsBulletin | NewsGap): void {
    for (const reader of [...this.#readers.keys()]) reader.push(item);
  }

  #closeUpstream(): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closing = Promise.all([this.#closing, upstream.close()]).then(() => undefined);
  }
}
