import type { ApiProblem } from '@ibkit/api-contract';
import { problem } from './problem.js';

const TEXTS: Readonly<Record<number, { readonly title: string; readonly detail: string }>> = {
  400: { title: 'Bad request', detail: 'The body must be JSON, and the URL must be one.' },
  408: { title: 'Too slow', detail: 'The request did not arrive in time.' },
  413: { title: 'Too large', detail: 'The body is larger than the daemon takes.' },
  414: { title: 'URL too long', detail: 'A part of the path is longer than the daemon takes.' },
  415: { title: 'Wrong content type', detail: 'Send the body as application/json.' },
};

const DETAIL_BY_CODE: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_BAD_URL: 'The path cannot be decoded.',
};

/** The problem that an error of the HTTP framework becomes; `undefined` when the error is something else. */
export function frameworkProblem(error: unknown): ApiProblem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number' || error.statusCode < 400 || error.statusCode >= 500) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const { title, detail } = TEXTS[error.statusCode] ?? { title: 'Bad request', detail: 'This is not a request that the daemon reads.' };
  return problem(error.statusCode, 'IBKR_HTTP_REQUEST', title, DETAIL_BY_CODE[code] ?? detail);
}
