import type { ApiProblem } from '@ibkit/api-contract';
import type { FastifyReply } from 'fastify';

/** Of every answer: nothing is kept, guessed, framed or told to others. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
});

/** As bytes: to a text fastify would add a charset, which JSON media types do not have (RFC 8259). */
export function sendJson(reply: FastifyReply, type: string, body: unknown): FastifyReply {
  return reply.type(type).send(Buffer.from(JSON.stringify(body)));
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, found: ApiProblem): FastifyReply {
  if (found.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (found.retryAfterMs !== undefined) void reply.header('retry-after', String(Math.max(1, Math.ceil(found.retryAfterMs / 1000))));
  else if (found.retryable && (found.status === 429 || found.status === 503)) void reply.header('retry-after', '1');
  return sendJson(reply.code(found.status), 'application/problem+json', found);
}
