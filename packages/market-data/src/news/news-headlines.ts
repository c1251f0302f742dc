import { abortReason, sleep } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { MarketDataError, UsageError, isIbkrError } from '@ibkit/error-codes';
import { plainLine } from '../broker-text/plain-text.js';
import type { MarketDataConnection } from '../connection-port.js';
import { contractName } from '../contracts/contract-finder.js';
import type { ContractFinder, ContractLike } from '../contracts/contract-finder.js';
import { parseTwsTime } from '../history/history-dates.js';
import { findContract } from '../history/history.js';
import { PagedStream } from '../history/paged-stream.js';
import type { LinkWatch } from '../streams/link-watch.js';
import { headlineOf } from './news-item.js';
import type { NewsHeadline } from './news-item.js';
import { providerList } from './provider-list.js';

/** Which headlines are wanted. */
export interface NewsHeadlinesOptions {
  /** Codes of {@link News.providers}. */
  readonly providers: readonly string[];
  /** The earliest, epoch milliseconds or a `Date`. @defaultValue as far back as the provider goes */
  readonly from?: number | Date | undefined;
  /** The latest, epoch milliseconds or a `Date`. @defaultValue now */
  readonly to?: number | Date | undefined;
  /** At most so many. @defaultValue no limit */
  readonly limit?: number | undefined;
  /** Ends the stream with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Headlines of the past, newest first, each once, for one reader: a page is asked for when the one before was read. Leaving the loop and
 * `close()` end it quietly.
 */
export interface NewsHeadlineStream extends AsyncIterableIterator<NewsHeadline>, AsyncDisposable {
  next(): Promise<IteratorResult<NewsHeadline, undefined>>;
  return(): Promise<IteratorResult<NewsHeadline, undefined>>;
  [Symbol.asyncIterator](): NewsHeadlineStream;
  /** Ends it. Idempotent. */
  close(): Promise<void>;
}

/** What questions about news work with. */
export interface NewsDeps {
  readonly connection: MarketDataConnection;
  readonly clock: Clock;
  readonly link: LinkWatch;
  readonly finder: ContractFinder;
  /** How long one question may stay without its answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
}

interface Page {
  readonly headlines: readonly NewsHeadline[];
  readonly hasMore: boolean;
}

/** TWS API: headlines per request, at most. */
const MOST_HEADLINES = 300;
const SECOND_MS = 1000;
const PAUSE_MS = 250;
const SESSION_CODES: ReadonlySet<string> = new Set(['IBKR_NOT_CONNECTED', 'IBKR_SESSION_CLOSED']);

/** Opens a stream of headlines. @throws UsageError for what cannot be understood; everything else ends the stream. */
export function openHeadlines(deps: NewsDeps, contract: ContractLike, options: NewsHeadlinesOptions): NewsHeadlineStream {
  contractName(contract);
  const providers = providerList(options.providers);
  const from = instantOf('from', options.from);
  const to = instantOf('to', options.to);
  const { limit = Number.POSITIVE_INFINITY, signal } = options;
  if (!(limit >= 1)) throw new UsageError({ field: 'limit', value: limit, rule: 'must be a number of at least 1' });
  async function* pages(ended: AbortSignal): AsyncGenerator<readonly NewsHeadline[], void> {
    const { conId } = await findContract(deps.finder, contract, ended);
    let left = limit;
    let toMs = to;
    let seen: ReadonlySet<string> = new Set();
    for (;;) {
      const page: Page = await askPage(deps, { conId, providers, from, to: toMs, count: Math.min(MOST_HEADLINES, left + seen.size), signal: ended });
      const news = page.headlines.filter((item) => !seen.has(keyOf(item)) && (from === undefined || item.time >= from)).slice(0, left);
      if (news.length > 0) yield news;
      left -= news.length;
      const oldest = page.headlines.at(-1);
      if (!page.hasMore || left <= 0 || oldest === undefined) return;
      // The end of a range belongs to it, in whole seconds: those of the last second come again and are known.
      const second = Math.floor(oldest.time / SECOND_MS) * SECOND_MS;
      const isStuck = toMs !== undefined && second >= Math.floor(toMs / SECOND_MS) * SECOND_MS && news.length === 0;
      toMs = isStuck ? second - SECOND_MS : second;
      seen = new Set(page.headlines.filter(({ time }) => time < second + SECOND_MS).map(keyOf));
      if (from !== undefined && toMs < from) return;
    }
  }
  return new PagedStream({ pages, signals: [signal, deps.stop] });
}

function keyOf({ providerCode, articleId, time, headline }: NewsHeadline): string {
  return JSON.stringify([providerCode, articleId, articleId === '' ? [time, headline] : '']);
}

function instantOf(field: string, time: number | Date | undefined): number | undefined {
  const atMs = time instanceof Date ? time.getTime() : time;
  if (atMs === undefined || (Number.isFinite(atMs) && Math.abs(atMs) < 8.64e15)) return atMs;
  throw new UsageError({ field, value: atMs, rule: 'must be epoch milliseconds or a Date' });
}

interface PageRequest {
  readonly conId: number;
  readonly providers: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly count: number;
  readonly signal: AbortSignal;
}

/** Asks for one page, again in the next session when the session ends. */
async function askPage(deps: NewsDeps, request: PageRequest): Promise<Page> {
  for (;;) {
    await deps.link.session(request.signal);
    try {
      return await askOnce(deps, request);
    } catch (error) {
      if (request.signal.aborted) throw abortReason(request.signal);
      if (!isIbkrError(error) || !SESSION_CODES.has(error.code)) throw error;
      await sleep(deps.clock, PAUSE_MS, { signal: request.signal });
    }
  }
}

function askOnce({ connection, timeoutMs }: NewsDeps, { conId, providers, from, to, count, signal }: PageRequest): Promise<Page> {
  const headlines: NewsHeadline[] = [];
  return connection.request<Page>({
    name: `headlines about contract ${conId}`,
    build: (reqId) => ({ type: 'reqHistoricalNews', reqId, conId, providerCodes: providers, startDateTime: newsTime(from), endDateTime: newsTime(to), totalResults: count }),
    receive: (message, reply) => {
      if (message.type === 'historicalNews') {
        const at = parseTwsTime(message.time);
        if (at?.kind === 'instant') headlines.push(headlineOf({ ...message, time: at.atMs }));
        else reply.reject(unreadable(message.time));
      } else if (message.type === 'historicalNewsEnd') reply.resolve({ headlines, hasMore: message.hasMore });
    },
    timeoutMs,
    signal,
  });
}

/** TWS API: `yyyy-mm-dd hh:mm:ss.0`, UTC; empty for no limit. */
function newsTime(atMs: number | undefined): string {
  return atMs === undefined ? '' : `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}.0`;
}

function unreadable(text: string): MarketDataError {
  return new MarketDataError({
    code: 'IBKR_NEWS_UNREADABLE',
    message: `The broker dated a headline "${plainLine(text).slice(0, 60)}", which is none of the forms of TWS`,
    tips: ['Report the text: a new form must be added, not guessed.'],
  });
}
