import type { Clock } from '@ibkit/clock';
import { RateLimitError, UsageError } from '@ibkit/error-codes';
import type { Caller } from './caller.js';
import { LineBook } from './line-book.js';

/** How much tokens may use when they have no quota of their own, and how much is kept for trading. */
export interface QuotaSettings {
  /** Requests per minute of one token; those that place, change or cancel orders are counted by themselves. @defaultValue 1200 */
  readonly requestsPerMinute: number;
  /** Lines of market data that all read tokens may hold together: below the broker's 100, so that trading finds some. @defaultValue 80 */
  readonly readLines: number;
  /** Lines of one read token. @defaultValue 50 */
  readonly linesPerToken: number;
  /** Look-ups (quotes, chains, history, news, scans) of all read tokens together that may run at once. @defaultValue 16 */
  readonly readLookUps: number;
  /** How long a quote that was asked for over HTTP keeps its line, milliseconds: as long as the quote board follows it. @defaultValue 60000 */
  readonly lineHoldMs: number;
}

/** See {@link QuotaSettings}. */
export const DEFAULT_QUOTAS: QuotaSettings = Object.freeze({ requestsPerMinute: 1200, readLines: 80, linesPerToken: 50, readLookUps: 16, lineHoldMs: 60_000 });

const MINUTE_MS = 60_000;
/** Beyond it, counters that are full again are thrown away. */
const MOST_COUNTERS = 10_000;

/** Counts in whole numbers, so that whoever waits exactly as told finds a whole request, and not all of one but a rounding error. */
interface Bucket {
  /** Parts of a request, of which every millisecond brings as many as there are requests in a minute. */
  readonly parts: number;
  readonly atMs: number;
}

/** Parts of one request. */
const WHOLE = MINUTE_MS;

/**
 * Counts what tokens use. Whoever may trade is not held up by those who only look: their lines and look-ups together stay below what is kept for
 * trading, and requests about orders have a counter of their own.
 */
export class Quotas {
  readonly settings: QuotaSettings;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #lines: LineBook;
  #readLookUps = 0;

  /** @throws UsageError that names setting, value and rule */
  constructor({ clock, settings = {} }: { readonly clock: Clock; readonly settings?: Partial<QuotaSettings> | undefined }) {
    this.settings = { ...DEFAULT_QUOTAS, ...settings };
    for (const [name, value] of Object.entries(this.settings)) {
      if (!Number.isSafeInteger(value) || value < 0) throw new UsageError({ field: `quotas.${name}`, value, rule: 'must be a whole number from 0' });
    }
    this.#clock = clock;
    this.#lines = new LineBook(clock, this.settings);
  }

  /** Counts a request of a token. @throws RateLimitError with `retryAfterMs` when there were too many */
  request({ tokenId, quota }: Caller, kind: 'read' | 'trade'): void {
    const perMinute = quota.requestsPerMinute ?? this.settings.requestsPerMinute;
    const retryAfterMs = this.take(`${kind}:${tokenId}`, perMinute);
    if (retryAfterMs === undefined) return;
    throw new RateLimitError({ code: 'IBKR_HTTP_TOO_MANY_REQUESTS', message: `This token may make ${perMinute} requests per minute: wait, follow topics on the stream instead of asking again, or give it a larger quota.`, details: { retryAfterMs } });
  }

  /** Takes one of `perMinute` under a key. @returns how long to wait, in milliseconds, when there is none left */
  take(key: string, perMinute: number): number | undefined {
    const nowMs = Math.floor(this.#clock.monotonic());
    const found = this.#buckets.get(key);
    const most = perMinute * WHOLE;
    const parts = found === undefined ? most : Math.min(most, found.parts + (nowMs - found.atMs) * perMinute);
    if (parts < WHOLE) {
      this.#buckets.set(key, { parts, atMs: nowMs });
      return perMinute === 0 ? MINUTE_MS : Math.ceil((WHOLE - parts) / perMinute);
    }
    if (found === undefined && this.#buckets.size >= MOST_COUNTERS) this.#forgetRested(nowMs);
    this.#buckets.set(key, { parts: parts - WHOLE, atMs: nowMs });
    return undefined;
  }

  /** Begins a look-up. @returns what ends it. @throws RateLimitError when too many of read tokens are running */
  lookUp({ scope }: Caller): () => void {
    if (scope !== 'read') return () => undefined;
    if (this.#readLookUps >= this.settings.readLookUps) {
      throw new RateLimitError({ code: 'IBKR_HTTP_TOO_MANY_LOOK_UPS', message: `${this.settings.readLookUps} look-ups of read tokens are running, which is all that is not kept for trading: ask again when one is done.`, details: { retryAfterMs: 1000 } });
    }
    this.#readLookUps += 1;
    let ended = false;
    return () => {
      if (!ended) this.#readLookUps -= 1;
      ended = true;
    };
  }

  /** A question over HTTP that keeps a line for a while. @throws RateLimitError when the token, or all read tokens together, hold too many */
  touchLine(caller: Caller, line: string): void {
    this.#lines.touch(caller, line);
  }

  /** A stream that keeps a line until it ends. @returns what ends it. @throws RateLimitError as {@link touchLine} does */
  holdLine(caller: Caller, line: string): () => void {
    return this.#lines.hold(caller, line);
  }

  /** Lines that read tokens hold, and look-ups of theirs that run. */
  usage(): { readonly readLines: number; readonly readLookUps: number } {
    return { readLines: this.#lines.readLines(), readLookUps: this.#readLookUps };
  }

  #forgetRested(nowMs: number): void {
    for (const [key, { atMs }] of this.#buckets) if (nowMs - atMs >= MINUTE_MS) this.#buckets.delete(key);
  }
}
