import type { Random } from '@ibkit/clock';

/** Crockford's base 32: no I, L, O or U, so that an id read over the phone stays itself. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
/** What our order references begin with. */
const REF_PREFIX = 'ibk.';

/** Makes ids in the form of a ULID (10 digits of time, 16 of chance), never the same twice in one process. */
export class IntentIds {
  readonly #random: Random;
  #last = '';

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next id; ids of later milliseconds sort later. */
  next(nowMs: number): string {
    for (;;) {
      const id = this.#time(nowMs) + this.#chance();
      if (id !== this.#last) {
        this.#last = id;
        return id;
      }
    }
  }

  #time(nowMs: number): string {
    let rest = Math.max(0, Math.floor(nowMs));
    let text = '';
    for (let digit = 0; digit < TIME_DIGITS; digit += 1) {
      text = (ALPHABET[rest % 32] ?? '0') + text;
      rest = Math.floor(rest / 32);
    }
    return text;
  }

  #chance(): string {
    let text = '';
    for (let digit = 0; digit < RANDOM_DIGITS; digit += 1) text += ALPHABET[Math.floor(this.#random.next() * 32)] ?? '0';
    return text;
  }
}

/**
 * What goes to the broker as `orderRef`, 30 characters: it comes back in openOrder and in executions and names our intent
 * across sessions, where an order id alone would not.
 */
export function orderRefOf(intentId: string): string {
  return REF_PREFIX + intentId;
}

/** Whether a reference has the form of ours, from whichever journal. */
export function isOurReference(orderRef: string | undefined): boolean {
  return orderRef !== undefined && orderRef.startsWith(REF_PREFIX) && orderRef.length === REF_PREFIX.length + TIME_DIGITS + RANDOM_DIGITS;
}
