import { plainLine, plainText } from '../broker-text/plain-text.js';

/** A headline. Texts are without control characters. */
export interface NewsHeadline {
  readonly type: 'news';
  /** Epoch milliseconds. */
  readonly time: number;
  readonly providerCode: string;
  /** With the provider, what {@link News.article} wants. */
  readonly articleId: string;
  readonly headline: string;
  /** What the provider says about it in front of it, as it is: languages, contracts, sentiment. */
  readonly tags?: string | undefined;
}

/** A provider of news that the user may read. */
export interface NewsProvider {
  readonly code: string;
  readonly name: string;
}

/** An article. */
export type NewsArticle =
  | { readonly kind: 'text' | 'html'; readonly text: string }
  /** A document, as bytes. */
  | { readonly kind: 'pdf'; readonly bytes: Uint8Array };

/** TWS API: some providers put `{A:800015:L:en:K:n/a:C:0.99}` or the like in front of a headline, and a `!` behind it. */
const TAGS = /^\{([A-Z]:[^}]*)\}!?/u;

/** Reads what the broker says about a headline. */
export function headlineOf(fields: { readonly time: number; readonly providerCode: string; readonly articleId: string; readonly headline: string }): NewsHeadline {
  const line = plainLine(fields.headline);
  const tags = TAGS.exec(line);
  return Object.freeze({
    type: 'news',
    time: fields.time,
    providerCode: plainLine(fields.providerCode),
    articleId: plainLine(fields.articleId),
    headline: tags === null ? line : line.slice(tags[0].length).trim(),
    tags: tags?.[1],
  });
}

const ELEMENT = /<[a-z][^<>]{0,500}>/iu;

/** Reads an article. TWS API: type 0 is text or HTML, type 1 a PDF in base64. */
export function articleOf(articleType: number, articleText: string): NewsArticle {
  if (articleType === 1) return Object.freeze({ kind: 'pdf', bytes: new Uint8Array(Buffer.from(articleText, 'base64')) });
  const text = plainText(articleText);
  return Object.freeze({ kind: ELEMENT.test(text) ? 'html' : 'text', text });
}
