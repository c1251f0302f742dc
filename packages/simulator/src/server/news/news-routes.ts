import type { ClientMessageOf } from '@ibkit/wire';
import type { Instrument } from '../../market/instrument.js';
import type { ClientSession } from '../client-session.js';
import { NO_SECURITY } from '../find-instrument.js';
import { route } from '../route.js';
import type { Route } from '../route.js';
import type { RouteContext } from '../route-context.js';
import { streamStories } from './news-stream.js';
import { newsTime, readNewsTime } from './news-time.js';
import { NEWS_PROVIDERS, endOfSpan, lastSpan, readArticleId, storyOf } from './stories.js';
import type { NewsProvider, Story } from './stories.js';

type HistoryRequest = ClientMessageOf<'reqHistoricalNews'>;

/** How many spans a request may look at: more than two weeks of half hours. */
const MOST_SPANS = 1_000;
/** How far back the archive goes. */
const ARCHIVE_MS = 365 * 86_400_000;
/** TWS API: article type of text and HTML. */
const HTML = 0;
/** TWS API: bulletin type of general notices. */
const GENERAL = 1;
/** Bulletins have no request id. */
const ONLY_ONE = 0;
/** What bulletins are about: the whole market. */
const MARKET_SYMBOL = 'SPY';
const [WIRE, BRIEFING] = NEWS_PROVIDERS;

function refuse(session: ClientSession, reqId: number, type: string, cause: string): void {
  session.sendError(reqId, 321, `Error validating request.-'${type}' : cause - ${cause}`);
}

/** The providers that a list joined by `+` names; undefined when one is unknown. */
export function providersIn(list: string): readonly NewsProvider[] | undefined {
  const found = list.split('+').map((code) => NEWS_PROVIDERS.find((provider) => provider.code === code.trim()));
  return found.every((provider) => provider !== undefined) ? found : undefined;
}

/** Stories within a range of time, the newest first, at most `count` and one to show that there are more. */
function storiesOf(context: RouteContext, instrument: Instrument, providers: readonly NewsProvider[], fromMs: number, toMs: number, count: number): readonly Story[] {
  const stories: Story[] = [];
  for (const provider of providers) {
    let found = 0;
    const last = lastSpan(provider, toMs);
    for (let span = last; span > last - MOST_SPANS && found <= count && endOfSpan(provider, span) >= fromMs; span -= 1) {
      const story = storyOf(provider, instrument, span, context.priceAt);
      if (story === undefined) continue;
      stories.push(story);
      found += 1;
    }
  }
  return stories.sort((a, b) => b.atMs - a.atMs);
}

/** The range that a request means: an empty end is now, an empty start a year before it. Undefined when one cannot be read. */
function rangeOf({ startDateTime, endDateTime }: HistoryRequest, nowMs: number): { readonly fromMs: number; readonly toMs: number } | undefined {
  // TWS API: `null` and the empty text mean none.
  const isNone = (text: string): boolean => text.trim() === '' || text === 'null';
  const toMs = isNone(endDateTime) ? nowMs : readNewsTime(endDateTime);
  if (toMs === undefined) return undefined;
  const end = Math.min(toMs, nowMs);
  const fromMs = isNone(startDateTime) ? end - ARCHIVE_MS : readNewsTime(startDateTime);
  return fromMs === undefined ? undefined : { fromMs, toMs: end };
}

function sendHistory(context: RouteContext, session: ClientSession, request: HistoryRequest): void {
  const { type, reqId, conId, providerCodes, totalResults } = request;
  const { market, limits } = context;
  const instrument = market.universe.byConId(conId);
  const providers = providersIn(providerCodes);
  const range = rangeOf(request, market.clock.now());
  if (instrument === undefined) session.sendError(reqId, 200, NO_SECURITY);
  else if (providers === undefined) refuse(session, reqId, type, `Invalid provider codes ${providerCodes}, must be of reqNewsProviders and joined by +`);
  else if (totalResults < 1 || totalResults > limits.newsHeadlines) refuse(session, reqId, type, `Invalid number of results ${totalResults}, must be from 1 to ${limits.newsHeadlines}`);
  else if (range === undefined) refuse(session, reqId, type, 'Invalid date, must be yyyy-mm-dd hh:mm:ss.0');
  else {
    const stories = storiesOf(context, instrument, providers, range.fromMs, range.toMs, totalResults);
    for (const { atMs, providerCode, articleId, headline } of stories.slice(0, totalResults)) {
      session.send({ type: 'historicalNews', reqId, time: newsTime(atMs), providerCode, articleId, headline });
    }
    session.send({ type: 'historicalNewsEnd', reqId, hasMore: stories.length > totalResults });
  }
}

function sendArticle(context: RouteContext, session: ClientSession, { type, reqId, providerCode, articleId }: ClientMessageOf<'reqNewsArticle'>): void {
  const { market } = context;
  const [provider, ...others] = providersIn(providerCode) ?? [];
  const about = provider === undefined || others.length > 0 ? undefined : readArticleId(provider, articleId);
  const instrument = about === undefined ? undefined : market.universe.byConId(about.conId);
  const isPast = provider !== undefined && about !== undefined && about.span <= lastSpan(provider, market.clock.now());
  const story = isPast && instrument !== undefined ? storyOf(provider, instrument, about.span, context.priceAt) : undefined;
  if (story === undefined) refuse(session, reqId, type, `There is no article ${articleId} of ${providerCode}`);
  else session.send({ type: 'newsArticle', reqId, articleType: HTML, articleText: story.text });
}

function sendBulletin(session: ClientSession, { atMs, headline }: Story): void {
  // The id grows with time and fits 31 bits for centuries.
  session.send({ type: 'newsBulletins', msgId: Math.floor(atMs / 60_000), msgType: GENERAL, message: headline, originExch: '' });
}

function subscribeBulletins(context: RouteContext, session: ClientSession, allMessages: boolean): void {
  const { market, priceAt } = context;
  const [instrument] = market.universe.find({ symbol: MARKET_SYMBOL, secType: 'STK' });
  if (instrument === undefined || WIRE === undefined || BRIEFING === undefined) {
    session.hold('newsBulletins', ONLY_ONE, () => undefined);
    return;
  }
  if (allMessages) {
    const nowMs = market.clock.now();
    const today = storiesOf(context, instrument, [WIRE, BRIEFING], nowMs - BRIEFING.spanMs, nowMs, MOST_SPANS);
    for (const story of today.toReversed()) sendBulletin(session, story);
  }
  const stop = streamStories({
    clock: market.clock,
    instrument,
    providers: [WIRE, BRIEFING],
    priceAt,
    onStory: (story) => {
      sendBulletin(session, story);
    },
  });
  session.hold('newsBulletins', ONLY_ONE, stop);
}

/** News, made from the market's own moves: every story is marked as simulated. */
export function newsRoutes(context: RouteContext): readonly Route[] {
  return [
    route('reqNewsProviders', (session) => {
      session.send({ type: 'newsProviders', providers: NEWS_PROVIDERS.map(({ code, name }) => ({ code, name })) });
    }),
    route('reqHistoricalNews', (session, request) => {
      sendHistory(context, session, request);
    }),
    route('reqNewsArticle', (session, request) => {
      sendArticle(context, session, request);
    }),
    route('reqNewsBulletins', (session, { allMessages }) => {
      subscribeBulletins(context, session, allMessages);
    }),
    route('cancelNewsBulletins', (session) => {
      // TWS API: there is no answer, subscribed or not.
      session.release('newsBulletins', ONLY_ONE);
    }),
  ];
}
