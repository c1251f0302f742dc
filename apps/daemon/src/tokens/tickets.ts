import type { ApiTicket } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { RateLimitError } from '@ibkit/error-codes';
import type { Caller } from './caller.js';
import { newSecret, sha256 } from './stored-token.js';

/** How long a ticket is good. */
export const TICKET_MS = 30_000;
/** Tickets that one token may hold at once: nobody needs more to open streams. */
const MOST_PER_TOKEN = 64;

interface Issued {
  readonly tokenId: string;
  readonly origin: string | undefined;
  readonly expiresAtMs: number;
}

/** What a ticket is redeemed with. */
export interface TicketUse {
  readonly ticket: string;
  /** The `Origin` of the upgrade request. */
  readonly origin: string | undefined;
}

/**
 * Tickets that open one stream each, within 30 seconds: a browser cannot send a header with the upgrade request, and a token in a URL ends up in logs.
 * A ticket belongs to its token, and to the origin of the page that asked for it.
 */
export class TicketBook {
  readonly #clock: Clock;
  readonly #callerOf: (tokenId: string) => Caller | undefined;
  readonly #issued = new Map<string, Issued>();

  /** @param options `callerOf` finds the token while it may be used: a ticket does not outlive it */
  constructor({ clock, callerOf }: { readonly clock: Clock; readonly callerOf: (tokenId: string) => Caller | undefined }) {
    this.#clock = clock;
    this.#callerOf = callerOf;
  }

  /** Makes a ticket. @throws RateLimitError when the token holds too many that nobody has used */
  issue(tokenId: string, origin: string | undefined): ApiTicket {
    this.#forget();
    const held = [...this.#issued.values()].filter((issued) => issued.tokenId === tokenId);
    const [oldest] = held;
    if (oldest !== undefined && held.length >= MOST_PER_TOKEN) {
      const retryAfterMs = Math.max(1, oldest.expiresAtMs - this.#clock.monotonic());
      throw new RateLimitError({ code: 'IBKR_TICKET_TOO_MANY', message: `This token holds ${held.length} tickets that nobody has used: use them, or wait until they are over.`, details: { retryAfterMs } });
    }
    const ticket = newSecret();
    this.#issued.set(keyOf(ticket), { tokenId, origin, expiresAtMs: this.#clock.monotonic() + TICKET_MS });
    return { ticket, expiresAtMs: this.#clock.now() + TICKET_MS };
  }

  /** Takes a ticket, once. @returns whose it is; `undefined` when it is unknown, used, too old, of another origin, or of a token that is over */
  redeem({ ticket, origin }: TicketUse): Caller | undefined {
    this.#forget();
    const key = keyOf(ticket);
    const found = this.#issued.get(key);
    if (found === undefined) return undefined;
    this.#issued.delete(key);
    return found.origin === origin ? this.#callerOf(found.tokenId) : undefined;
  }

  #forget(): void {
    const nowMs = this.#clock.monotonic();
    for (const [key, { expiresAtMs }] of this.#issued) if (expiresAtMs <= nowMs) this.#issued.delete(key);
  }
}

/** Looked up by its hash, so that the time it takes tells nothing about tickets that exist. */
function keyOf(ticket: string): string {
  return sha256(ticket).toString('hex');
}
