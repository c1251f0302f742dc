import type { Clock } from '@ibkit/clock';
import { RateLimitError } from '@ibkit/error-codes';
import type { Caller } from './caller.js';

/** How many lines may be held. */
export interface LineLimits {
  readonly readLines: number;
  readonly linesPerToken: number;
  readonly lineHoldMs: number;
}

interface Line {
  /** Streams that hold it. */
  readonly streams: number;
  /** Until when a question over HTTP holds it. */
  readonly untilMs: number;
}

interface Holder {
  readonly isRead: boolean;
  readonly lines: Map<string, Line>;
}

/** Which token holds which lines of market data. A line is shared upstream: two tokens on one instrument count once for all read tokens together. */
export class LineBook {
  readonly #clock: Clock;
  readonly #limits: LineLimits;
  readonly #holders = new Map<string, Holder>();

  constructor(clock: Clock, limits: LineLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Holds a line for a while. @throws RateLimitError `IBKR_HTTP_TOO_MANY_LINES` */
  touch(caller: Caller, name: string): void {
    const lines = this.#open(caller, name);
    lines.set(name, { streams: lines.get(name)?.streams ?? 0, untilMs: this.#clock.monotonic() + this.#limits.lineHoldMs });
  }

  /** Holds a line until the returned function is called. @throws RateLimitError `IBKR_HTTP_TOO_MANY_LINES` */
  hold(caller: Caller, name: string): () => void {
    const lines = this.#open(caller, name);
    const before = lines.get(name);
    lines.set(name, { streams: (before?.streams ?? 0) + 1, untilMs: before?.untilMs ?? 0 });
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const now = lines.get(name);
      if (now !== undefined) lines.set(name, { ...now, streams: now.streams - 1 });
      this.#prune();
    };
  }

  /** Lines that read tokens hold together. */
  readLines(): number {
    this.#prune();
    return this.#namesOfRead().size;
  }

  #open({ tokenId, scope, quota }: Caller, name: string): Map<string, Line> {
    this.#prune();
    const { readLines, linesPerToken, lineHoldMs } = this.#limits;
    const isRead = scope === 'read';
    const holder = this.#holders.get(tokenId) ?? { isRead, lines: new Map<string, Line>() };
    if (!holder.lines.has(name)) {
      const own = quota.lines ?? (isRead ? linesPerToken : Number.POSITIVE_INFINITY);
      if (holder.lines.size >= own) throw tooMany(`This token may hold ${own} lines of market data, and does: end some, wait until quotes that nobody asks for are given up, or give it a larger quota.`, lineHoldMs);
      const together = this.#namesOfRead();
      if (isRead && !together.has(name) && together.size >= readLines) throw tooMany(`Read tokens hold ${together.size} lines of market data together; the rest is kept for trading.`, lineHoldMs);
    }
    this.#holders.set(tokenId, holder);
    return holder.lines;
  }

  #namesOfRead(): Set<string> {
    return new Set([...this.#holders.values()].flatMap(({ isRead, lines }) => (isRead ? [...lines.keys()] : [])));
  }

  #prune(): void {
    const nowMs = this.#clock.monotonic();
    for (const [tokenId, { lines }] of this.#holders) {
      for (const [name, { streams, untilMs }] of lines) if (streams <= 0 && untilMs <= nowMs) lines.delete(name);
      if (lines.size === 0) this.#holders.delete(tokenId);
    }
  }
}

function tooMany(message: string, retryAfterMs: number): RateLimitError {
  return new RateLimitError({ code: 'IBKR_HTTP_TOO_MANY_LINES', message, details: { retryAfterMs } });
}
