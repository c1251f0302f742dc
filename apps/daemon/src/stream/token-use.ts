import { RateLimitError } from '@ibkit/error-codes';
import type { StreamLimits } from './stream-limits.js';
import type { StreamCaller } from './stream-ports.js';

interface Use {
  connections: number;
  streams: number;
  readonly lines: Map<string, number>;
}

/** What each token uses of the stream, over all its connections. */
export class TokenUse {
  readonly #limits: StreamLimits;
  readonly #uses = new Map<string, Use>();

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** Counts a connection. Gives back why there may not be one more. */
  connect({ tokenId, quota }: StreamCaller): string | undefined {
    const use = this.#use(tokenId);
    const most = quota.connections ?? this.#limits.tokenConnections;
    if (use.connections >= most) {
      this.#tidy(tokenId);
      return `this token may have ${most} connections at once`;
    }
    use.connections += 1;
    return undefined;
  }

  disconnect({ tokenId }: StreamCaller): void {
    this.#use(tokenId).connections -= 1;
    this.#tidy(tokenId);
  }

  /**
   * Counts a subscription, and the line of market data that it needs, until the returned function is called.
   * @throws RateLimitError `IBKR_STREAM_QUOTA`
   */
  subscribe({ tokenId, quota }: StreamCaller, line: string | undefined): () => void {
    const use = this.#use(tokenId);
    const mostStreams = quota.streams ?? this.#limits.tokenStreams;
    const mostLines = quota.lines ?? this.#limits.tokenLines;
    const isNewLine = line !== undefined && !use.lines.has(line);
    if (use.streams >= mostStreams) throw quotaError(`This token may have ${mostStreams} subscriptions at once, and has.`);
    if (isNewLine && use.lines.size >= mostLines) throw quotaError(`This token may follow ${mostLines} instruments at once, and does.`);
    use.streams += 1;
    if (line !== undefined) use.lines.set(line, (use.lines.get(line) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      use.streams -= 1;
      const left = line === undefined ? 0 : (use.lines.get(line) ?? 1) - 1;
      if (line !== undefined && left > 0) use.lines.set(line, left);
      else if (line !== undefined) use.lines.delete(line);
      this.#tidy(tokenId);
    };
  }

  #use(tokenId: string): Use {
    const use = this.#uses.get(tokenId) ?? { connections: 0, streams: 0, lines: new Map<string, number>() };
    this.#uses.set(tokenId, use);
    return use;
  }

  #tidy(tokenId: string): void {
    const use = this.#uses.get(tokenId);
    if (use !== undefined && use.connections <= 0 && use.streams <= 0) this.#uses.delete(tokenId);
  }
}

function quotaError(message: string): RateLimitError {
  return new RateLimitError({ code: 'IBKR_STREAM_QUOTA', message });
}
