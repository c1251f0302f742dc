import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { WireContract } from '@ibkit/wire';
import { checkBooleans, checkList, checkMethods, checkMilliseconds, checkObject, checkText } from '../option-shapes.js';
import { DEFAULT_CONNECTION_OPTIONS, defaultPort } from '../options.js';
import type { TlsOptions } from '../tls/tls-options.js';
import type { Probe, ProbeName } from './diagnosis.js';

/** How long each step of a diagnosis may take, milliseconds. The whole diagnosis has `timeoutMs` besides. */
export interface DiagnosisTimeouts {
  /** To find the address of a name. @defaultValue 5_000 */
  readonly nameMs?: number | undefined;
  /** To an open TCP link. @defaultValue 5_000 */
  readonly tcpMs?: number | undefined;
  /** From our hello to the gateway's. @defaultValue 10_000 */
  readonly handshakeMs?: number | undefined;
  /** From the gateway's hello to accounts and order ids. @defaultValue 10_000 */
  readonly readyMs?: number | undefined;
  /** For one answer about the time or about order ids. @defaultValue 5_000 */
  readonly answerMs?: number | undefined;
  /** For the first price of a quote. @defaultValue 8_000 */
  readonly quoteMs?: number | undefined;
}

/** What is still all right. */
export interface DiagnosisLimits {
  /** How far the two clocks may be apart, milliseconds. @defaultValue 2_000 */
  readonly clockSkewMs?: number | undefined;
  /** How long the usual answer may take, milliseconds. @defaultValue 500 */
  readonly roundTripMs?: number | undefined;
}

/** What every diagnosis can be told. */
export interface DiagnosisSettings {
  /** The account that is going to be used. @defaultValue none: not looked for */
  readonly account?: string | undefined;
  /** The contract whose quote is asked for; `false` asks for none. @defaultValue Apple, as a US stock */
  readonly quote?: false | WireContract | undefined;
  /** How often the time is asked for, 1 to 50, for the round trip and the clock. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** For everything together, milliseconds; hanging up at the end takes a second more at most. @defaultValue 45_000 */
  readonly timeoutMs?: number | undefined;
  readonly timeouts?: DiagnosisTimeouts | undefined;
  readonly limits?: DiagnosisLimits | undefined;
  /** Whether accounts are told in full, instead of `DU***567`. @defaultValue false */
  readonly showAccounts?: boolean | undefined;
  /** Ends the diagnosis: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is asked next. What it throws is ignored. */
  readonly onStart?: ((name: ProbeName) => void) | undefined;
  /** Told each answer, as it comes. What it throws is ignored. */
  readonly onProbe?: ((probe: Probe) => void) | undefined;
}

/** Options of `diagnose`. */
export interface DiagnoseOptions extends DiagnosisSettings {
  /** @defaultValue '127.0.0.1' */
  readonly host?: string | undefined;
  /** 1 to 65535. @defaultValue by mode: TWS 7497 paper, 7496 live; Gateway 4002 paper, 4001 live */
  readonly port?: number | undefined;
  /** As for `ConnectionManager`. @defaultValue false */
  readonly tls?: boolean | TlsOptions | undefined;
  /** The client id that is tried. Use one that no program of yours has, or stop that program first. @defaultValue 1 */
  readonly clientId?: number | undefined;
  /** What the accounts must be; also chooses the default port. @defaultValue 'paper' */
  readonly mode?: 'paper' | 'live' | undefined;
  /** Chooses the default port: IB Gateway instead of TWS. @defaultValue false */
  readonly useGateway?: boolean | undefined;
  /** Where else to look when the port refuses. @defaultValue the usual ports: 4001, 4002, 7496, 7497 */
  readonly otherPorts?: readonly number[] | undefined;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined;
}

/** Options of `diagnoseConnection`. */
export interface DiagnoseConnectionOptions extends DiagnosisSettings {
  /** What the accounts must be. @defaultValue not judged, only told */
  readonly mode?: 'paper' | 'live' | undefined;
  /**
   * Whether to find out if the API is read-only. The question is for an order id, and its answer, nextValidId, is an event of `connection.api`: a program that
   * places an order whenever it sees one must not be asked. @defaultValue false
   */
  readonly askReadOnly?: boolean | undefined;
}

/** {@link DiagnosisSettings} checked and complete. */
export interface ResolvedSettings {
  readonly account: string | undefined;
  readonly quote: false | WireContract;
  readonly samples: number;
  readonly timeoutMs: number;
  readonly timeouts: { readonly [K in keyof DiagnosisTimeouts]-?: number };
  readonly limits: { readonly [K in keyof DiagnosisLimits]-?: number };
  readonly showAccounts: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onStart: ((name: ProbeName) => void) | undefined;
  readonly onProbe: ((probe: Probe) => void) | undefined;
}

/** {@link DiagnoseOptions} checked and complete. */
export interface ResolvedDiagnoseOptions extends ResolvedSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean | TlsOptions | undefined;
  readonly clientId: number;
  readonly mode: 'paper' | 'live';
  readonly otherPorts: readonly number[];
  readonly clock: Clock;
}

const STANDARD_PORTS: readonly number[] = [4001, 4002, 7496, 7497];
const TIMEOUTS = { nameMs: 5_000, tcpMs: 5_000, handshakeMs: 10_000, readyMs: 10_000, answerMs: 5_000, quoteMs: 8_000 };
const LIMITS = { clockSkewMs: 2_000, roundTripMs: 500 };
const APPLE: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };

function checkMode(mode: unknown): void {
  if (mode !== undefined && mode !== 'paper' && mode !== 'live') throw new UsageError({ field: 'mode', value: mode, rule: 'must be paper or live' });
}

function milliseconds<T extends Readonly<Record<string, number>>>(field: string, defaults: T, given: { readonly [K in keyof T]?: number | undefined } | undefined): { readonly [K in keyof T]: number } {
  if (given !== undefined) checkObject(field, given);
  const result: { [K in keyof T]: number } = { ...defaults };
  for (const key in defaults) {
    const value = given?.[key];
    if (value === undefined) continue;
    checkMilliseconds(`${field}.${key}`, value);
    result[key] = value;
  }
  return result;
}

function resolveSettings(options: DiagnosisSettings): ResolvedSettings {
  const { account, quote = APPLE, samples = 5, timeoutMs = 45_000, showAccounts = false, signal, onStart, onProbe } = options;
  // Without the value: it is an account.
  if (account !== undefined && (typeof account !== 'string' || account.trim() === '')) throw new UsageError({ field: 'account', rule: 'must be an account id' });
  if (quote !== false) checkObject('quote', quote, 'must be false or a contract');
  if (!Number.isInteger(samples) || samples < 1 || samples > 50) throw new UsageError({ field: 'samples', value: samples, rule: 'must be a whole number from 1 to 50' });
  checkMilliseconds('timeoutMs', timeoutMs);
  checkBooleans(options, ['showAccounts']);
  for (const [field, callback] of Object.entries({ onStart, onProbe })) {
    if (callback !== undefined && typeof callback !== 'function') throw new UsageError({ field, rule: 'must be a function' });
  }
  return {
    account,
    quote,
    samples,
    timeoutMs,
    timeouts: milliseconds('timeouts', TIMEOUTS, options.timeouts),
    limits: milliseconds('limits', LIMITS, options.limits),
    showAccounts,
    signal,
    onStart,
    onProbe,
  };
}

function isPort(port: unknown): boolean {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/**
 * Fills in the defaults and checks every value; what a connection is told, too, is checked by the connection.
 * @throws {@link UsageError} that names the option, the value and the rule.
 */
export function resolveDiagnoseOptions(options: DiagnoseOptions): ResolvedDiagnoseOptions {
  checkObject('options', options);
  const { host, clock, mode = 'paper', useGateway = false, otherPorts = STANDARD_PORTS } = options;
  if (host !== undefined) checkText('host', host, 'must name a host');
  if (clock !== undefined) checkMethods('clock', clock, ['now', 'monotonic', 'setTimer']);
  checkMode(mode);
  checkBooleans(options, ['useGateway']);
  checkList('otherPorts', otherPorts, 'must be a list of ports');
  if (otherPorts.length > 20 || !otherPorts.every(isPort)) throw new UsageError({ field: 'otherPorts', value: otherPorts, rule: 'must be at most 20 ports from 1 to 65535' });
  return {
    ...resolveSettings(options),
    host: host ?? DEFAULT_CONNECTION_OPTIONS.host,
    port: options.port ?? defaultPort({ paperTrading: mode === 'paper', useGateway }),
    tls: options.tls,
    clientId: options.clientId ?? DEFAULT_CONNECTION_OPTIONS.clientId,
    mode,
    otherPorts,
    clock: clock ?? systemClock(),
  };
}

/** The same for a connection that exists. */
export function resolveConnectionDiagnosis(options: DiagnoseConnectionOptions): ResolvedSettings & { readonly mode: 'paper' | 'live' | undefined; readonly askReadOnly: boolean } {
  checkObject('options', options);
  checkMode(options.mode);
  checkBooleans(options, ['askReadOnly']);
  return { ...resolveSettings(options), mode: options.mode, askReadOnly: options.askReadOnly ?? false };
}
