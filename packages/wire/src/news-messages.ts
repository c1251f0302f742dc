import { layout, list, optional, required, tail, version } from './layout.js';
import { asciiText, documentText, flag, integer, lineText, tagValueText } from './scalar.js';
import type { TagValue } from './scalar.js';

/** Starts the stream of bulletins about exchanges and the system. */
export interface ReqNewsBulletins {
  readonly type: 'reqNewsBulletins';
  /** Also those of earlier today. */
  readonly allMessages: boolean;
}

/** Ends the stream of bulletins. */
export interface CancelNewsBulletins {
  readonly type: 'cancelNewsBulletins';
}

/** Asks for the news providers of the login. */
export interface ReqNewsProviders {
  readonly type: 'reqNewsProviders';
}

/** Asks for the text of an article. */
export interface ReqNewsArticle {
  readonly type: 'reqNewsArticle';
  readonly reqId: number;
  readonly providerCode: string;
  readonly articleId: string;
  readonly options?: readonly TagValue[] | undefined;
}

/** Asks for headlines about a contract. */
export interface ReqHistoricalNews {
  readonly type: 'reqHistoricalNews';
  readonly reqId: number;
  readonly conId: number;
  /** Joined by `+`. */
  readonly providerCodes: string;
  /** `yyyy-mm-dd hh:mm:ss.0` */
  readonly startDateTime: string;
  readonly endDateTime: string;
  readonly totalResults: number;
  readonly options?: readonly TagValue[] | undefined;
}

/** Requests about news. */
export type NewsRequest = ReqNewsBulletins | CancelNewsBulletins | ReqNewsProviders | ReqNewsArticle | ReqHistoricalNews;

/** A bulletin about an exchange or the system. */
export interface NewsBulletins {
  readonly type: 'newsBulletins';
  readonly msgId: number;
  /** 1 general, 2 exchange down, 3 exchange up. */
  readonly msgType: number;
  readonly message: string;
  readonly originExch: string;
}

/** A headline of a subscribed line. */
export interface TickNews {
  readonly type: 'tickNews';
  readonly reqId: number;
  /** Epoch milliseconds. */
  readonly timeStamp: number;
  readonly providerCode: string;
  readonly articleId: string;
  readonly headline: string;
  readonly extraData: string;
}

/** The news providers of the login. */
export interface NewsProviders {
  readonly type: 'newsProviders';
  readonly providers: readonly { readonly code: string; readonly name: string }[];
}

/** The text of an article. */
export interface NewsArticle {
  readonly type: 'newsArticle';
  readonly reqId: number;
  /** 0 text or HTML, 1 a PDF in base64. */
  readonly articleType: number;
  readonly articleText: string;
}

/** One headline about a contract. */
export interface HistoricalNews {
  readonly type: 'historicalNews';
  readonly reqId: number;
  readonly time: string;
  readonly providerCode: string;
  readonly articleId: string;
  readonly headline: string;
}

/** All headlines that were asked for have been sent. */
export interface HistoricalNewsEnd {
  readonly type: 'historicalNewsEnd';
  readonly reqId: number;
  readonly hasMore: boolean;
}

/** Answers and streams of news. */
export type NewsMessage = NewsBulletins | TickNews | NewsProviders | NewsArticle | HistoricalNews | HistoricalNewsEnd;

const reqId = required('reqId', integer);
const options = tail(optional('options', tagValueText));

export const newsRequestLayouts = {
  reqNewsBulletins: layout<ReqNewsBulletins>(12, 'reqNewsBulletins', [version(1), required('allMessages', flag)]),
  cancelNewsBulletins: layout<CancelNewsBulletins>(13, 'cancelNewsBulletins', [version(1)]),
  reqNewsProviders: layout<ReqNewsProviders>(85, 'reqNewsProviders', [], { surplus: 'ignored' }),
  reqNewsArticle: layout<ReqNewsArticle>(84, 'reqNewsArticle', [
    reqId,
    required('providerCode', asciiText),
    required('articleId', asciiText),
    options,
  ]),
  reqHistoricalNews: layout<ReqHistoricalNews>(86, 'reqHistoricalNews', [
    reqId,
    required('conId', integer),
    required('providerCodes', asciiText),
    required('startDateTime', asciiText),
    required('endDateTime', asciiText),
    required('totalResults', integer),
    options,
  ]),
} as const;

export const newsMessageLayouts = {
  newsBulletins: layout<NewsBulletins>(14, 'newsBulletins', [
    version(1),
    required('msgId', integer),
    required('msgType', integer),
    required('message', documentText),
    required('originExch', lineText),
  ]),
  tickNews: layout<TickNews>(84, 'tickNews', [
    reqId,
    required('timeStamp', integer),
    required('providerCode', lineText),
    required('articleId', lineText),
    required('headline', documentText),
    required('extraData', documentText),
  ]),
  newsProviders: layout<NewsProviders>(85, 'newsProviders', [list('providers', required('code', lineText), required('name', lineText))]),
  newsArticle: layout<NewsArticle>(83, 'newsArticle', [reqId, required('articleType', integer), required('articleText', documentText)]),
  historicalNews: layout<HistoricalNews>(86, 'historicalNews', [
    reqId,
    required('time', lineText),
    required('providerCode', lineText),
    required('articleId', lineText),
    required('headline', documentText),
  ]),
  historicalNewsEnd: layout<HistoricalNewsEnd>(87, 'historicalNewsEnd', [reqId, required('hasMore', flag)]),
} as const;
