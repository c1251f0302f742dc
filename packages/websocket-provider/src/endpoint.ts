import { systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { ConfigurationError, UsageError } from '@ibkit/error-codes';

/** A token, or where to ask for it: asked again whenever one is needed, so that it can be renewed. */
export type TokenSource = string | (() => string | Promise<string>);

/** Where the daemon is and who we are. */
export interface DaemonEndpoint {
  /** `http://`, or `https://` for a daemon on another machine. In Node also `unix:/path/of/its.sock`. @defaultValue 'http://127.0.0.1:8787' */
  readonly url?: string | undefined;
  /** A token of the daemon. It travels in a header only, and is in no error and no log. */
  readonly token: TokenSource;
  /** How long one request may take, milliseconds, 1 to 600,000. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined;
  /** In Node: certificate authorities in PEM, for a daemon with a certificate of your own. @defaultValue those of Node */
  readonly ca?: string | readonly string[] | undefined;
  /** In Node: the certificate of this client and its private key in PEM, for a daemon that asks for one (`--tls-client-ca`). Both or none. @defaultValue none */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whether the token may travel unencrypted to another machine. @defaultValue false: `http:` goes to this machine only */
  readonly allowHttp?: boolean | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Spreads the waits between attempts. @defaultValue the system's */
  readonly random?: Random | undefined;
}

/** An endpoint with every default in place. */
export interface ResolvedEndpoint {
  readonly url: URL;
  readonly socketPath: string | undefined;
  readonly token: TokenSource;
  readonly timeoutMs: number;
  readonly ca: string[] | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const DEFAULT_URL = 'http://127.0.0.1:8787';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u;
const UNIX = /^unix:(?:\/\/)?(\/.+)$/u;

function checkedUrl(text: string, allowHttp: boolean): Pick<ResolvedEndpoint, 'url' | 'socketPath'> {
  const fail = (rule: string): never => {
    throw new UsageError({ field: 'url', rule });
  };
  const socketPath = UNIX.exec(text)?.[1];
  if (socketPath !== undefined) return { url: new URL('http://localhost/'), socketPath };
  if (!URL.canParse(text)) fail(`must be an absolute URL such as ${DEFAULT_URL}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') fail('must begin with http://, https:// or unix:');
  if (url.username !== '' || url.password !== '') fail('must not contain a user or a password');
  if (url.search !== '' || url.hash !== '') fail('must end with its path, without ? and #: a token in a URL ends up in logs');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !allowHttp) fail('must begin with https:// for another machine, or the token would travel unencrypted; `allowHttp: true` permits it');
  return { url, socketPath: undefined };
}

/** @throws {@link ConfigurationError} `IBKR_DAEMON_TOKEN_MISSING` without a token; {@link UsageError} for an option that breaks its rule. */
export function resolveEndpoint({ url = DEFAULT_URL, token, timeoutMs = 30_000, ca, cert, key, allowHttp = false, clock, random }: DaemonEndpoint): ResolvedEndpoint {
  if (token === '') throw noToken();
  if (!Number.isFinite(timeoutMs) || timeoutMs < 1 || timeoutMs > 600_000) throw new UsageError({ field: 'timeoutMs', value: timeoutMs, rule: 'must be a number from 1 to 600000' });
  if ((cert === undefined) !== (key === undefined)) throw new UsageError({ field: cert === undefined ? 'cert' : 'key', rule: 'must be given together with the other one: a certificate and its private key' });
  return { ...checkedUrl(url, allowHttp), token, timeoutMs, ca: ca === undefined ? undefined : typeof ca === 'string' ? [ca] : [...ca], cert, key, clock: clock ?? systemClock(), random: random ?? systemRandom() };
}

function noToken(): ConfigurationError {
  return new ConfigurationError({
    code: 'IBKR_DAEMON_TOKEN_MISSING',
    message: 'The client of the daemon has no token: give the option `token`. The daemon writes one for the local user at its first start; `ibkit token create` makes more.',
    problems: [{ path: 'token', rule: 'must be given' }],
  });
}

/** What a header can carry (RFC 9110). */
const HEADER_VALUE = /^[\u0021-\u007e]+$/u;

/** The token of this moment. @throws {@link ConfigurationError} `IBKR_DAEMON_TOKEN_MISSING` when there is none; {@link UsageError} for one that no header can carry */
export async function tokenOf(source: TokenSource): Promise<string> {
  const token = (typeof source === 'string' ? source : await source()).trim();
  if (token === '') throw noToken();
  if (!HEADER_VALUE.test(token)) throw new UsageError({ field: 'token', rule: 'must be printable ASCII without blanks' });
  return token;
}
