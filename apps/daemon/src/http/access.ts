import type { IncomingMessage } from 'node:http';
import type { ApiProblem, Scope } from '@ibkit/api-contract';
import { allows } from '../tokens/caller.js';
import type { Caller } from '../tokens/caller.js';
import type { Quotas } from '../tokens/quotas.js';
import type { TokenStore } from '../tokens/token-store.js';
import { hostsOf } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { problem } from './problem.js';

/** What {@link Access} reads of a request; Node's `IncomingMessage` has it. */
export type AccessRequest = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'url'> & { readonly socket: { readonly remoteAddress?: string | undefined } };

/** Who may pass, or what to answer. */
export type Admission = { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly problem: ApiProblem };

/** What {@link Access} is made from. */
export interface AccessOptions {
  readonly tokens: Pick<TokenStore, 'find' | 'isSecret' | 'used' | 'tokenFile'>;
  readonly quotas: Pick<Quotas, 'take'>;
  /** Further names that callers may use, with or without a port. */
  readonly hosts?: readonly string[] | undefined;
  /** Requests per minute and address that show no valid token. */
  readonly anonymousPerMinute: number;
}

/** Headers that decide about a request: two of one kind would mean different things to different readers. */
const SINGLE = new Set(['host', 'origin', 'authorization', 'content-type', 'content-length', 'idempotency-key', 'sec-fetch-site']);
/** Addresses of this machine; a Unix socket has none. */
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/iu;
/** Names under which tokens are put into URLs. */
const TOKEN_NAME = /^(?:(?:access|api|auth|bearer|id)[_-]?)?(?:token|key|secret)$|^authorization$|^bearer$/iu;

/** Decides which requests and streams may reach the API: by name, origin and token. */
export class Access {
  readonly #options: AccessOptions;
  #endpoint: Endpoint | undefined;
  #hosts: ReadonlySet<string> = new Set();

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Says where the API listens, which decides under which names it may be called. Until then nothing passes. */
  bind(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
    this.#hosts = hostsOf(endpoint, this.#options.hosts ?? []);
  }

  /**
   * What every request must pass, with or without a token. A foreign Host is how a web page reaches a loopback server through DNS rebinding;
   * a foreign Origin is a web page that says so itself. @returns the answer to a request that does not pass
   */
  screen(request: AccessRequest): ApiProblem | undefined {
    const twice = duplicated(request.rawHeaders);
    if (twice !== undefined) return problem(400, 'IBKR_HTTP_DUPLICATE_HEADER', 'Duplicated header', `The header ${twice} is there twice: send it once.`);
    return this.#wrongName(request) ?? this.#wrongPage(request) ?? this.#tokenInUrl(request.url ?? '');
  }

  /** Who the token of a request belongs to, when its scope is large enough. Call {@link screen} first. */
  authorize(request: AccessRequest, scope: Scope): Admission {
    const presented = /^Bearer ([\w-]{1,256})$/iu.exec(request.headers.authorization ?? '')?.[1];
    return this.admit(presented === undefined ? undefined : this.#options.tokens.find(presented), request, scope);
  }

  /** The same for a caller that was found in another way: a ticket, or a token in the first message of a stream. */
  admit(caller: Caller | undefined, request: AccessRequest, scope: Scope): Admission {
    if (caller === undefined) return { ok: false, problem: this.anonymous(request) ?? this.#unauthorised(request) };
    this.#options.tokens.used(caller.tokenId);
    if (allows(caller.scope, scope)) return { ok: true, caller };
    return { ok: false, problem: problem(403, 'IBKR_HTTP_SCOPE', 'Scope too small', `This needs a token of scope ${scope}; this one has ${caller.scope}.`) };
  }

  /** Counts a request that shows no valid token, by its address. Those with one are not held up by them. @returns the answer when there were too many */
  anonymous({ socket }: AccessRequest): ApiProblem | undefined {
    const retryAfterMs = this.#options.quotas.take(`address:${socket.remoteAddress ?? 'unix'}`, this.#options.anonymousPerMinute);
    if (retryAfterMs === undefined) return undefined;
    return problem(429, 'IBKR_HTTP_TOO_MANY_REQUESTS', 'Too many requests', 'Too many requests without a valid token came from this address: wait.', { retryable: true, retryAfterMs, errorClass: 'RateLimitError' });
  }

  #wrongName({ headers: { host } }: AccessRequest): ApiProblem | undefined {
    if (host !== undefined && this.#hosts.has(host.toLowerCase())) return undefined;
    const names = this.#endpoint?.kind === 'unix' ? [...this.#hosts] : ['127.0.0.1 or localhost with its port', 'a name that was given with --allow-host'];
    return problem(421, 'IBKR_HTTP_HOST', 'Wrong host', `Call the daemon by a name of its own: ${names.join(', or ')}.`);
  }

  #wrongPage({ headers }: AccessRequest): ApiProblem | undefined {
    const { origin, host } = headers;
    const site = headers['sec-fetch-site'];
    const isUnix = this.#endpoint?.kind === 'unix';
    // No browser has a way to a Unix socket: whatever looks like one comes through something that forwards strangers.
    const fromPage = isUnix && (origin !== undefined || headers.referer !== undefined || site !== undefined);
    const scheme = this.#endpoint?.kind === 'tcp' ? this.#endpoint.scheme : 'http';
    const foreign = origin !== undefined && origin.toLowerCase() !== `${scheme}://${host?.toLowerCase() ?? ''}`;
    const crossSite = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (!fromPage && !foreign && !crossSite) return undefined;
    return problem(403, 'IBKR_HTTP_ORIGIN', 'Foreign origin', 'Pages of other origins may not call the daemon.');
  }

  #tokenInUrl(url: string): ApiProblem | undefined {
    const mark = url.indexOf('?');
    if (mark < 0) return undefined;
    for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
      const isToken = this.#options.tokens.isSecret(value);
      if (!isToken && (!TOKEN_NAME.test(name) || name === 'key')) continue;
      const detail = 'URLs end up in logs and histories: send tokens in the Authorization header.';
      return problem(400, 'IBKR_HTTP_TOKEN_IN_URL', 'Token in the URL', isToken ? `${detail} This token must be revoked now: others may have seen it.` : `${detail} If that was one, revoke it.`, {
        tips: ['Revoke it with `ibkit token revoke`, or DELETE /v1/tokens/ID, and make a new one.'],
      });
    }
    return undefined;
  }

  /** Where the token is helps who sits at this machine; to anybody else it only tells whose machine it is. */
  #unauthorised({ socket: { remoteAddress } }: AccessRequest): ApiProblem {
    const isLocal = remoteAddress === undefined || LOOPBACK.test(remoteAddress);
    const where = isLocal ? `; the local user finds the token in ${this.#options.tokens.tokenFile}` : '';
    return problem(401, 'IBKR_HTTP_UNAUTHORISED', 'Not authorised', `Send "Authorization: Bearer TOKEN"${where}.`);
  }
}

function duplicated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (SINGLE.has(name) && seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
