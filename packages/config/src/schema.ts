import * as z from 'zod';
import type { ConfigKey, ConfigValues } from './values.js';

const MAX_TIMER_MS = 2_147_483_647;
const MAX_CLIENT_ID = 2_147_483_647;

// Control characters would break the file formats and have no place in a name or a path.
// eslint-disable-next-line no-control-regex
const text = z.string().regex(/^[^\u0000-\u001f\u007f]+$/u).regex(/^\S(.*\S)?$/su);
const durationMs = z.number().min(0).max(MAX_TIMER_MS);
/** Ten years: longer is a slip of the pen. */
const ageMs = z.number().min(1000).max(315_360_000_000);
const account = text.regex(/^[A-Za-z0-9._-]+$/u);

/** What each value must be. */
export const valuesSchema = z.object({
  host: text.regex(/^\S+$/u),
  port: z.int().min(1).max(65_535).optional(),
  clientId: z.int().min(0).max(MAX_CLIENT_ID),
  tradingMode: z.enum(['paper', 'live']),
  application: z.enum(['gateway', 'tws']),
  autoReconnect: z.boolean(),
  connectionTimeoutMs: durationMs.min(1),
  requestTimeoutMs: durationMs.min(1),
  maxRetries: z.int().min(0).max(1000),
  retryDelayMs: durationMs,
  maxRequestsPerSecond: z.number().gt(0).max(1000),
  accountId: account.optional(),
  allowedAccounts: z.array(account),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  logFormat: z.enum(['auto', 'json', 'pretty']),
  logFile: text.optional(),
  logFileMaxBytes: z.int().min(1024),
  logFileCount: z.int().min(0).max(1000),
  logFileRotateAfterMs: ageMs.optional(),
  logFileKeepForMs: ageMs.optional(),
  logAccounts: z.boolean(),
  logOrders: z.boolean(),
  logAllMessages: z.boolean(),
  gatewayPath: text.optional(),
}) satisfies z.ZodType<ConfigValues>;

/** The same in words, for people. */
export const RULES: Readonly<Record<ConfigKey, string>> = {
  host: 'must be a host name or address without spaces',
  port: 'must be a whole number from 1 to 65535',
  clientId: `must be a whole number from 0 to ${MAX_CLIENT_ID}`,
  tradingMode: 'must be paper or live',
  application: 'must be gateway or tws',
  autoReconnect: 'must be true or false',
  connectionTimeoutMs: 'must be a duration above 0, such as 30s or 500ms',
  requestTimeoutMs: 'must be a duration above 0, such as 60s or 500ms',
  maxRetries: 'must be a whole number from 0 to 1000',
  retryDelayMs: 'must be a duration, such as 1s or 500ms',
  maxRequestsPerSecond: 'must be a number above 0 and at most 1000',
  accountId: 'must be an account id of letters and digits',
  allowedAccounts: 'must be account ids separated by commas',
  logLevel: 'must be trace, debug, info, warn, error, fatal or silent',
  logFormat: 'must be auto, json or pretty',
  logFile: 'must be a path',
  logFileMaxBytes: 'must be a whole number of bytes, at least 1024',
  logFileCount: 'must be a whole number from 0 to 1000',
  logFileRotateAfterMs: 'must be a duration of at least 1s and at most ten years, such as 24h or 7d',
  logFileKeepForMs: 'must be a duration of at least 1s and at most ten years, such as 24h or 7d',
  logAccounts: 'must be true or false',
  logOrders: 'must be true or false',
  logAllMessages: 'must be true or false',
  gatewayPath: 'must be a path',
};
