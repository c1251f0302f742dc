import { systemClock, systemRandom } from '@ibkit/clock';
import type { Clock, Random } from '@ibkit/clock';
import { ConfigurationError, UsageError } from '@ibkit/error-codes';

/** Options of {@link OptionsFlowClient}. */
export interface OptionsFlowClientOptions {
  /** Where the service is, with its version path: `https://host/api/v1`. A trailing slash makes no difference. */
  readonly baseUrl?: string | undefined;
  /** Sent as the `X-API-Key` header; never in a URL, an error or a log. */
  readonly apiKey?: string | undefined;
  /** How long one attempt may take, milliseconds, 1 to 600,000. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined;
  /** How long a call may take with all its attempts and waits, milliseconds, at least `timeoutMs`. @defaultValue twice `timeoutMs` */
  readonly deadlineMs?: number | undefined;
  /** How often a call is repeated after a failure that may pass, 0 to 3. @defaultValue 3 */
  readonly retries?: number | undefined;
  /** The longest wait before the first repetition, milliseconds; it doubles with each. @defaultValue 1000 */
  readonly retryDelayMs?: number | undefined;
  /** Whether the server's certificate is checked. Only for a server of your own with a certificate that nobody signed. @defaultValue true */
  readonly verifyTls?: boolean | undefined;
  /** Whether the key may travel unencrypted to another machine. @defaultValue false: `http:` goes to this machine only */
  readonly allowHttp?: boolean | undefined;
  /** IANA zone in which a `Date` becomes a day or a time of day. @defaultValue 'America/New_York' */
  readonly timeZone?: string | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Spreads the waits. @defaultValue the system's */
  readonly random?: Random | undefined;
}

/** Options with every default in place. */
export interface ResolvedClientOptions {
  /** Ends with a slash. */
  readonly baseUrl: URL;
  readonly apiKey: string;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly verifyTls: boolean;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly random: Random;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u;
/** What a header value may be made of (RFC 9110), without blanks at its ends. */
const HEADER_VALUE = /^[\u0021-\u007e]+$/u;

function required(name: 'baseUrl' | 'apiKey', variable: string, value: string | undefined): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new ConfigurationError({
    code: 'IBKR_FLOW_CONFIG',
    message: `The Options Flow client has no ${name}: give the option \`${name}\`, or the variable ${variable} through \`OptionsFlowClient.fromEnv(env)\``,
    problems: [{ path: name, rule: `must be given as the option ${name} or the variable ${variable}` }],
  });
}

function checkedUrl(text: string, allowHttp: boolean): URL {
  const fail = (rule: string): never => {
    throw new UsageError({ field: 'baseUrl', rule });
  };
  if (!URL.canParse(text)) fail('must be an absolute URL such as https://host/api/v1');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') fail('must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') fail('must not contain a user or a password');
  if (url.search !== '' || url.hash !== '') fail('must end with its path, without ? and #');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !allowHttp) {
    fail('must begin with https:// for another machine, or the key would travel unencrypted; `allowHttp: true` permits it');
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function checkedNumber(field: string, value: number, [least, most]: readonly [number, number]): number {
  if (!Number.isFinite(value) || value < least || value > most) throw new UsageError({ field, value, rule: `must be a number from ${least} to ${most}` });
  return value;
}

function checkedSwitch(field: string, value: unknown): boolean {
  // A text would be taken for true, whatever it says.
  if (typeof value !== 'boolean') throw new UsageError({ field, value, rule: 'must be true or false' });
  return value;
}

/** @throws {@link ConfigurationError} `IBKR_FLOW_CONFIG` for a missing URL or key; {@link UsageError} for an option that breaks its rule. */
export function resolveClientOptions(options: OptionsFlowClientOptions): ResolvedClientOptions {
  const baseUrl = checkedUrl(required('baseUrl', 'API_BASE_URL', options.baseUrl), checkedSwitch('allowHttp', options.allowHttp ?? false));
  const apiKey = required('apiKey', 'API_KEY', options.apiKey);
  if (!HEADER_VALUE.test(apiKey)) throw new UsageError({ field: 'apiKey', rule: 'must be printable ASCII without blanks' });
  const timeoutMs = checkedNumber('timeoutMs', options.timeoutMs ?? 30_000, [1, 600_000]);
  const retries = checkedNumber('retries', options.retries ?? 3, [0, 3]);
  if (!Number.isInteger(retries)) throw new UsageError({ field: 'retries', value: retries, rule: 'must be a whole number' });
  return {
    baseUrl,
    apiKey,
    timeoutMs,
    deadlineMs: checkedNumber('deadlineMs', options.deadlineMs ?? 2 * timeoutMs, [timeoutMs, 3_600_000]),
    retries,
    retryDelayMs: checkedNumber('retryDelayMs', options.retryDelayMs ?? 1_000, [0, 600_000]),
    verifyTls: checkedSwitch('verifyTls', options.verifyTls ?? true),
    timeZone: options.timeZone ?? 'America/New_York',
    clock: options.clock ?? systemClock(),
    random: options.random ?? systemRandom(),
  };
}
