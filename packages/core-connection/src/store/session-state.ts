import { createHash } from 'node:crypto';
import { SystemError } from '@ibkit/error-codes';

/** Plain data, as JSON knows it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A stream that should exist, as data: enough for the program to ask for it again after a restart. */
export interface StoredSubscription {
  /** Unique among the subscriptions: declaring the same name again replaces it. */
  readonly name: string;
  /** What it is about. */
  readonly contract: JsonValue;
  /** How it was asked for. */
  readonly options?: JsonValue | undefined;
}

/** How far a stream was seen. */
export interface Watermark {
  /** The time of the last thing that was seen, epoch milliseconds. It never goes back. */
  readonly atMs: number;
  /** Its own name, where it has one: an execution id, the time of a bar. */
  readonly id?: string | undefined;
}

/** Everything that a session store keeps. */
export interface SessionState {
  readonly subscriptions: readonly StoredSubscription[];
  readonly watermarks: Readonly<Record<string, Watermark>>;
}

/** What was read: the state, or why it cannot be used. */
export type ReadState = { readonly ok: true; readonly state: SessionState } | { readonly ok: false; readonly reason: string };

const FORMAT = 'ibkit-session';
const VERSION = 1;

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The state as the text of a file: a line that says what it is and its checksum, and a line of JSON. */
export function encodeSession(state: SessionState): string {
  const body = JSON.stringify(state);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, sha256: sha256(body) })}\n${body}\n`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isJson(value: unknown): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isObject(value) && Object.values(value).every(isJson);
}

/** Whether a value is a subscription that can be stored: a name, and plain data that JSON keeps as it is. */
export function isSubscription(value: unknown): value is StoredSubscription {
  if (!isObject(value)) return false;
  const { name, contract, options } = value;
  return typeof name === 'string' && name !== '' && isJson(contract) && (options === undefined || isJson(options));
}

function isWatermark(value: unknown): value is Watermark {
  return isObject(value) && typeof value['atMs'] === 'number' && Number.isFinite(value['atMs']) && (value['id'] === undefined || typeof value['id'] === 'string');
}

function isState(value: unknown): value is SessionState {
  if (!isObject(value)) return false;
  const { subscriptions, watermarks } = value;
  return Array.isArray(subscriptions) && subscriptions.every(isSubscription) && isObject(watermarks) && Object.values(watermarks).every(isWatermark);
}

/**
 * Reads what {@link encodeSession} wrote.
 * @throws SystemError `IBKR_SESSION_STORE_VERSION` for a file of a newer version, which must be left as it is.
 */
export function decodeSession(text: string): ReadState {
  const [head, body, ...rest] = text.split('\n');
  const header = parse(head);
  if (!isObject(header) || header['format'] !== FORMAT) return { ok: false, reason: 'it does not begin as a session file' };
  if (typeof header['version'] === 'number' && header['version'] > VERSION) {
    throw new SystemError({
      code: 'IBKR_SESSION_STORE_VERSION',
      message: `The session file has version ${header['version']}, and this program knows up to ${VERSION}. It was left as it is.`,
      tips: ['Use the version of ibkit that wrote it, or another file.'],
      details: { version: header['version'], known: VERSION },
    });
  }
  if (body === undefined || rest.join('') !== '' || header['sha256'] !== sha256(body)) return { ok: false, reason: 'its checksum does not fit' };
  const state = parse(body);
  return isState(state) ? { ok: true, state } : { ok: false, reason: 'its contents have the wrong shape' };
}
