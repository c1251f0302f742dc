import type { ApiArticle, ApiHeadlines } from '@ibkit/api-contract';
import type { NewsArticle, NewsHeadline } from '@ibkit/market-data';

/** A headline. */
export function headlineView({ time, providerCode, articleId, headline }: NewsHeadline): ApiHeadlines['headlines'][number] {
  return { timeMs: time, providerCode, articleId, headline };
}

/** An article: its text, or the bytes of its document as base64. */
export function articleView(providerCode: string, articleId: string, article: NewsArticle): ApiArticle {
  if (article.kind === 'pdf') return { providerCode, articleId, kind: article.kind, base64: Buffer.from(article.bytes).toString('base64') };
  return { providerCode, articleId, kind: article.kind, text: article.text };
}
