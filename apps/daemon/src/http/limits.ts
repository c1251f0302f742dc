import { UsageError } from '@ibkit/error-codes';

/** What callers may use up of the HTTP server. */
export interface HttpLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** For a whole request to arrive, in milliseconds. */
  readonly requestMs: number;
  /** Silence of a socket in either direction, in milliseconds; longer than any answer may take. */
  readonly idleMs: number;
  /** Open sockets, streams included. When all are taken, the oldest that never showed a token makes room. */
  readonly connections: number;
  /** Requests per minute and address that show no valid token. */
  readonly anonymousPerMinute: number;
}

/** The limits that apply when nothing else is said. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = Object.freeze({ bodyBytes: 65_536, headerBytes: 16_384, requestMs: 10_000, idleMs: 120_000, connections: 1024, anonymousPerMinute: 600 });

/** Applies the defaults. @throws UsageError that names limit, value and rule */
export function resolveHttpLimits(given: Partial<HttpLimits> = {}): HttpLimits {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new UsageError({ field: `limits.${name}`, value, rule: 'must be a whole number from 1' });
  }
  return limits;
}
