import { TimeZone } from '@ibkit/clock';
import type { Config } from '@ibkit/config';
import { ConfigurationError } from '@ibkit/error-codes';
import type { ConfigurationProblem } from '@ibkit/error-codes';
import * as z from 'zod';
import { WEEKDAYS } from './settings.js';
import type { Weekday } from './settings.js';

const text = z.string().trim().min(1);
const list = text.transform((value) => value.split(',').map((part) => part.trim()).filter((part) => part !== ''));
const whole = (least: number, most = 1_000_000_000): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> =>
  z.string().transform((value, context) => {
    const number = /^\d{1,10}$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    context.addIssue(`must be a whole number from ${least} to ${most}`);
    return z.NEVER;
  });
const amount = z.string().transform((value, context) => {
  const number = /^\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (number > 0 && Number.isFinite(number)) return number;
  context.addIssue('must be a number above 0');
  return z.NEVER;
});
/** A cap, or that there is none, also where there would be one. */
const cap = z.union([z.literal('none').transform((): false => false), amount], 'must be a number above 0, or none');
const wholeCap = z.union([z.literal('none').transform((): false => false), whole(1)], 'must be a whole number from 1, or none');
const yesNo = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
const file = text.refine((value) => value.startsWith('/') || /^[A-Za-z]:[\\/]/.test(value), 'must be an absolute path');

/** `[daemon]`: the API and the daemon itself. */
const daemon = z.strictObject({
  listen: text, unix: text, tls_cert: text, tls_key: text, tls_client_ca: text, allow_hosts: list, allow_addresses: list, state_dir: text, symbols: list, market_data_lines: whole(1, 10_000), drain_seconds: whole(0, 600),
  max_connections: whole(1, 100_000), body_bytes: whole(1024), request_seconds: whole(1, 600), idle_seconds: whole(1, 3600), anonymous_per_minute: whole(1), recordings_dir: text,
}).partial(); // prettier-ignore

/** `[trading]`: what may be sent at all. */
const trading = z.strictObject({
  allow_live: yesNo, read_only: yesNo, max_order_quantity: cap, max_order_notional: cap, max_day_quantity: cap, max_day_notional: cap, max_day_orders: wholeCap, max_orders_per_minute: wholeCap, price_band_percent: cap, preview_band_percent: cap,
}).partial(); // prettier-ignore

/** `[quotas]`: what tokens without a quota of their own may use. */
const quotas = z.strictObject({ requests_per_minute: whole(1), read_lines: whole(0), lines_per_token: whole(0), read_look_ups: whole(0) }).partial();

/** `[alarms]`: who is told about trouble, besides the log. */
const alarms = z.strictObject({ webhook: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }), command: file }).partial();

/** `[gateway-process]`: how the gateway is started and stopped. */
const gatewayProcess = z.discriminatedUnion('driver', [
  z.strictObject({ driver: z.literal('external') }),
  z.strictObject({ driver: z.literal('direct'), program: file, args: list.optional() }),
  z.strictObject({ driver: z.literal('ibc'), script: file, version: text, credentials_file: file, tws_path: file.optional(), ibc_path: file.optional() }),
]);

const timeOfDay = text.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day in the form HH:MM');
const zone = text.refine(isTimeZone, 'must be a time zone such as America/New_York');
const none = z.literal('none').transform((): false => false);
const weekly = text.transform((value, context): { readonly day: Weekday; readonly at: string } => {
  const [word = '', at = ''] = value.toLowerCase().split(/\s+/);
  const day = WEEKDAYS.find((known) => known === word);
  if (day !== undefined && timeOfDay.safeParse(at).success) return { day, at };
  context.addIssue('must be a day and a time, such as sun 01:00, or none');
  return z.NEVER;
});

/** `[restarts]`: when the gateway and the broker's servers are expected to be away. */
const restarts = z.strictObject({
  time_zone: zone, daily: z.union([none, timeOfDay], 'must be a time of the day in the form HH:MM, or none'), daily_minutes: whole(1, 720),
  weekly_login: z.union([none, weekly], 'must be a day and a time, such as sun 01:00, or none'), weekly_login_minutes: whole(1, 720), servers: z.enum(['none', 'north-america', 'europe', 'asia'], 'must be none, north-america, europe or asia'),
}).partial(); // prettier-ignore

/** `[watchdog]`: how the link is looked after. */
const watchdog = z.strictObject({ check_seconds: whole(1, 3600), down_seconds: whole(1, 86_400), restart_gateway: yesNo, max_restarts_per_hour: whole(0, 60) }).partial();

const flow = z.strictObject({ base_url: text, api_key: text }).partial();

/** The daemon's own sections of a configuration, read. */
export interface Sections {
  readonly daemon: z.infer<typeof daemon>;
  readonly trading: z.infer<typeof trading>;
  readonly quotas: z.infer<typeof quotas>;
  readonly alarms: z.infer<typeof alarms>;
  readonly gatewayProcess: z.infer<typeof gatewayProcess> | undefined;
  /** Absent: nothing is said about them. */
  readonly restarts: z.infer<typeof restarts> | undefined;
  readonly watchdog: z.infer<typeof watchdog>;
  readonly flow: z.infer<typeof flow>;
}

function isTimeZone(name: string): boolean {
  try {
    return new TimeZone(name).name !== '';
  } catch {
    return false;
  }
}

const SECRET = new Set(['api_key', 'webhook']);

function problemsIn(section: string, issues: readonly z.core.$ZodIssue[], given: Readonly<Record<string, string>>): ConfigurationProblem[] {
  return issues.flatMap((issue): ConfigurationProblem[] => {
    // A misspelt cap must not be a missing cap.
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: `${section}.${key}`, rule: 'is not a known key' }));
    const key = issue.path.map(String).join('.');
    return [{ path: `${section}.${key}`, rule: issue.message, ...(SECRET.has(key) ? {} : { value: given[key] }) }];
  });
}

/**
 * Reads the daemon's own sections.
 * @throws ConfigurationError with every problem of all of them
 */
export function readSections(config: Pick<Config, 'section' | 'sections'>): Sections {
  const problems: ConfigurationProblem[] = [];
  const read = <T>(name: string, schema: z.ZodType<T>, whenAbsent: T): T => {
    if (!Object.hasOwn(config.sections, name)) return whenAbsent;
    const given = config.section(name);
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    problems.push(...problemsIn(name, parsed.error.issues, given));
    return whenAbsent;
  };
  const sections: Sections = {
    daemon: read('daemon', daemon, {}),
    trading: read('trading', trading, {}),
    quotas: read('quotas', quotas, {}),
    alarms: read('alarms', alarms, {}),
    gatewayProcess: read<z.infer<typeof gatewayProcess> | undefined>('gateway-process', gatewayProcess, undefined),
    restarts: read<z.infer<typeof restarts> | undefined>('restarts', restarts, undefined),
    watchdog: read('watchdog', watchdog, {}),
    flow: read('options-flow', flow, {}),
  };
  if (problems.length > 0) throw new ConfigurationError({ problems });
  return sections;
}
