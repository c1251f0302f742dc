import type { Clock } from '@ibkit/clock';
import { fieldsOf, finiteNumber, isRecord, oneOf, optional, refuse, wholeNumber } from '../control/rules.js';
import type { Rule } from '../control/rules.js';
import { MESSAGE_TYPE } from './message-types.js';

/** What may happen to a client. */
export type ClientFact = 'accepted' | 'ready' | 'closed';

/**
 * When something begins, counted from the moment at which it was asked for:
 * - a number: after so many real milliseconds; 0 is at once.
 * - `messages`: after so many requests of clients.
 * - `message`: after `count` (1) messages of one type, from or to a client; the message has been handled, or handed to the socket, when it begins.
 * - `client`: after so many clients were accepted, became ready or were closed.
 */
export type After =
  | number
  | { readonly messages: number; readonly clientId?: number | undefined }
  | { readonly message: string; readonly count?: number | undefined; readonly clientId?: number | undefined }
  | { readonly client: ClientFact; readonly count?: number | undefined; readonly clientId?: number | undefined };

/** Longest time that a fault may wait or last: 30 days. */
export const LONGEST_MS = 30 * 86_400_000;
const MOST_COUNTED = 1_000_000_000;

/** Client ids are 32-bit integers that are not negative. */
export const CLIENT_ID: Rule<number> = wholeNumber(0, 2_147_483_647);
export const MILLISECONDS: Rule<number> = finiteNumber(0, LONGEST_MS);
const COUNT: Rule<number> = wholeNumber(1, MOST_COUNTED);

const AFTER_MESSAGES: Rule<Extract<After, { messages: number }>> = fieldsOf({ messages: COUNT, clientId: optional(CLIENT_ID) }, 'after');
const AFTER_MESSAGE: Rule<Extract<After, { message: string }>> = fieldsOf({ message: MESSAGE_TYPE, count: optional(COUNT), clientId: optional(CLIENT_ID) }, 'after');
const AFTER_CLIENT: Rule<Extract<After, { client: ClientFact }>> = fieldsOf(
  { client: oneOf('accepted', 'ready', 'closed'), count: optional(COUNT), clientId: optional(CLIENT_ID) },
  'after',
);

/** The rule for {@link After}. */
export const AFTER: Rule<After> = {
  check: (value, field): asserts value is After => {
    if (typeof value === 'number') MILLISECONDS.check(value, field);
    else if (!isRecord(value)) refuse(field, 'must be milliseconds or an object with messages, message or client', value);
    else if ('messages' in value) AFTER_MESSAGES.check(value, field);
    else if ('message' in value) AFTER_MESSAGE.check(value, field);
    else if ('client' in value) AFTER_CLIENT.check(value, field);
    else refuse(field, 'must have messages, message or client', value);
  },
};

/** Something that happened, as triggers see it. */
interface Sighting {
  readonly kind: 'in' | 'out' | 'client';
  readonly type: string;
  readonly clientId: number | undefined;
}

interface Watch {
  readonly fits: (sighting: Sighting) => boolean;
  readonly fire: () => void;
  readonly every: boolean;
  readonly count: number;
  seen: number;
}

function fitter(after: Exclude<After, number>): (sighting: Sighting) => boolean {
  const isWanted = (sighting: Sighting): boolean => after.clientId === undefined || after.clientId === sighting.clientId;
  if ('messages' in after) return (sighting) => sighting.kind === 'in' && isWanted(sighting);
  if ('message' in after) return (sighting) => sighting.kind !== 'client' && sighting.type === after.message && isWanted(sighting);
  return (sighting) => sighting.kind === 'client' && sighting.type === after.client && isWanted(sighting);
}

function countOf(after: Exclude<After, number>): number {
  return 'messages' in after ? after.messages : (after.count ?? 1);
}

/** Waits for moments: in real time, by messages, by clients that come and go. */
export class Triggers {
  readonly #clock: Clock;
  readonly #watches = new Set<Watch>();
  readonly #stops = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `fire` at the moment, or every time that it comes again with `every`; 0 milliseconds are at once. The returned function gives up waiting. */
  when(after: After, fire: () => void, every = false): () => void {
    if (typeof after === 'number') return this.#onTime(after, fire, every);
    const watch: Watch = { fits: fitter(after), count: countOf(after), fire, every, seen: 0 };
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
    };
  }

  /** A message from (`in`) or to (`out`) a client has been handled. */
  noteMessage(kind: 'in' | 'out', type: string, clientId: number): void {
    if (this.#watches.size > 0) this.#see({ kind, type, clientId });
  }

  noteClient(fact: ClientFact, clientId: number | undefined): void {
    if (this.#watches.size > 0) this.#see({ kind: 'client', type: fact, clientId });
  }

  /** Gives up all waiting. */
  close(): void {
    for (const stop of [...this.#stops]) stop();
    this.#watches.clear();
  }

  #onTime(delayMs: number, fire: () => void, every: boolean): () => void {
    if (delayMs === 0 && !every) {
      fire();
      return () => undefined;
    }
    const arm = (): (() => void) => {
      const timer = this.#clock.setTimer(delayMs, () => {
        if (every) cancel = arm();
        else this.#stops.delete(stop);
        fire();
      });
      return () => {
        timer.cancel();
      };
    };
    let cancel = arm();
    const stop = (): void => {
      cancel();
      this.#stops.delete(stop);
    };
    this.#stops.add(stop);
    return stop;
  }

  #see(sighting: Sighting): void {
    for (const watch of [...this.#watches]) {
      if (!watch.fits(sighting)) continue;
      watch.seen += 1;
      if (watch.seen < watch.count) continue;
      watch.seen = 0;
      if (!watch.every) this.#watches.delete(watch);
      watch.fire();
    }
  }
}
