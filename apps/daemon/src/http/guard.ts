import type { ApiProblem, Scope } from '@ibkit/api-contract';
import { allows } from '../token-store.js';
import type { TokenStore } from '../token-store.js';
import { problem } from './problem.js';

/** The parts of a request that decide whether it may pass. */
export interface GuardedRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  /** The path with its query, as sent. */
  readonly url: string;
}

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/**
 * Decides whether a request may reach a route that needs `scope` (none: open to every local caller).
 * A foreign Host is how a web page reaches a loopback server through DNS rebinding; a foreign Origin is a web page that says so itself.
 */
export function guard(request: GuardedRequest, scope: Scope | undefined, tokens: TokenStore): ApiProblem | undefined {
  if (request.host === undefined || !LOOPBACK_NAMES.has(withoutPort(request.host))) {
    return problem(421, 'IBKR_HTTP_HOST', 'Wrong host', 'Call the daemon by 127.0.0.1 or localhost.');
  }
  if (request.origin !== undefined && request.origin !== `http://${request.host}`) {
    return problem(403, 'IBKR_HTTP_ORIGIN', 'Foreign origin', 'Pages of other origins may not call the daemon.');
  }
  if (/[?&](access_)?token=/i.test(request.url)) {
    return problem(400, 'IBKR_HTTP_TOKEN_IN_URL', 'Token in the URL', 'Send the token in the Authorization header: URLs end up in logs.');
  }
  if (scope === undefined) return undefined;
  const presented = /^Bearer ([\w-]{1,256})$/.exec(request.authorization ?? '')?.[1];
  const held = presented === undefined ? undefined : tokens.scopeOf(presented);
  if (held === undefined) {
    return problem(401, 'IBKR_HTTP_UNAUTHORISED', 'Not authorised', `Send "Authorization: Bearer TOKEN"; the local user finds the token in ${tokens.tokenFile}.`);
  }
  return allows(held, scope) ? undefined : problem(403, 'IBKR_HTTP_SCOPE', 'Scope too small', `This route needs a token of scope ${scope}.`);
}
