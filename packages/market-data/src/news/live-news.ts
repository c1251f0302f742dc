import { isIbkrError } from '@ibkit/error-codes';
import type { WireContract } from '@ibkit/wire';
import type { DataGap } from '../connection-port.js';
import type { LineCounting } from '../quotes/line-registry.js';
import { KeptLine } from '../streams/kept-line.js';
import type { KeptLineDeps } from '../streams/kept-line.js';
import { headlineOf } from './news-item.js';
import type { NewsHeadline } from './news-item.js';
import { SeenItems } from './seen-items.js';

/** A hole in a stream of news, at its place: what was published from `fromMs` to `toMs` may be missing. {@link News.headlines} may have it. */
export interface NewsGap extends DataGap {
  readonly type: 'gap';
}

/** Where a {@link LiveNews} delivers, and what it asks for. */
export interface LiveNewsOptions {
  /** What it is called in errors. */
  readonly name: string;
  readonly contract: WireContract;
  /** Codes joined by `+`; without them all. */
  readonly providers: string | undefined;
  readonly sink: { push(item: NewsHeadline | NewsGap): void; end(error?: Error): void };
}

/** What a {@link LiveNews} works with. */
export interface LiveNewsDeps extends KeptLineDeps {
  readonly budget: LineCounting | undefined;
}

/** TWS API: generic tick 292 is news; `mdoff` leaves out everything else. */
const NEWS_ONLY = 'mdoff,292';
/** TWS API: max number of tickers reached. */
const TOO_MANY_LINES = 101;

/** The headlines of a contract, or of all, as they are published: one quote line at the broker. */
export class LiveNews {
  readonly #kept: KeptLine;
  readonly #seen = new SeenItems();
  readonly #lease: ReturnType<LineCounting['take']> | undefined;

  /** @throws RateLimitError `IBKR_RATE_LINES_EXHAUSTED` when the budget has no line left; nothing was sent. */
  constructor(deps: LiveNewsDeps, { name, contract, providers, sink }: LiveNewsOptions) {
    this.#lease = deps.budget?.take({ key: name });
    this.#kept = new KeptLine(deps, {
      name,
      build: (reqId) => ({ type: 'reqMktData', reqId, contract, genericTickList: providers === undefined ? NEWS_ONLY : `${NEWS_ONLY}:${providers}`, snapshot: false, regulatorySnapshot: false }),
      cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
      receive: (message) => {
        if (message.type !== 'tickNews') return;
        const item = headlineOf({ ...message, time: message.timeStamp });
        // After an interruption some come again.
        if (this.#seen.isNew(JSON.stringify([item.providerCode, item.articleId, item.articleId === '' ? item.headline : '']))) sink.push(item);
      },
      onGap: (gap) => {
        sink.push(Object.freeze({ type: 'gap', ...gap }));
      },
      onEnd: (error) => {
        if (isIbkrError(error) && error.brokerCode === TOO_MANY_LINES) this.#lease?.refused();
        sink.end(error);
      },
    });
  }

  /** Ends it. Resolves once the broker was told. */
  close(): Promise<void> {
    this.#lease?.release();
    return this.#kept.close();
  }
}
