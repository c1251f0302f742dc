import { fieldsOf, finiteNumber, isRecord, oneOf, optional, refuse, text, wholeNumber } from '../control/rules.js';
/** Longest time that a fault may wait or last: 30 days. */
export const LONGEST_MS = 30 * 86_400_000;
const MOST_COUNTED = 1_000_000_000;
/** Client ids are 32-bit integers that are not negative. */
export const CLIENT_ID = wholeNumber(0, 2_147_483_647);
export const MILLISECONDS = finiteNumber(0, LONGEST_MS);
const COUNT = wholeNumber(1, MOST_COUNTED);
const AFTER_MESSAGES = fieldsOf({ messages: COUNT, clientId: optional(CLIENT_ID) }, 'after');
const AFTER_MESSAGE = fieldsOf({ message: text(60), count: optional(COUNT), clientId: optional(CLIENT_ID) }, 'after');
const AFTER_CLIENT = fieldsOf({ client: oneOf('accepted', 'ready', 'closed'), count: optional(COUNT), clientId: optional(CLIENT_ID) }, 'after');
/** The rule for {@link After}. */
export const AFTER = {
    check: (value, field) => {
        if (typeof value === 'number')
            MILLISECONDS.check(value, field);
        else if (!isRecord(value))
            refuse(field, 'must be milliseconds or an object with messages, message or client', value);
        else if ('messages' in value)
            AFTER_MESSAGES.check(value, field);
        else if ('message' in value)
            AFTER_MESSAGE.check(value, field);
        else if ('client' in value)
            AFTER_CLIENT.check(value, field);
        else
            refuse(field, 'must have messages, message or client', value);
    },
};
function fitter(after) {
    const isWanted = (sighting) => after.clientId === undefined || after.clientId === sighting.clientId;
    if ('messages' in after)
        return (sighting) => sighting.kind === 'in' && isWanted(sighting);
    if ('message' in after)
        return (sighting) => sighting.kind !== 'client' && sighting.type === after.message && isWanted(sighting);
    return (sighting) => sighting.kind === 'client' && sighting.type === after.client && isWanted(sighting);
}
function countOf(after) {
    return 'messages' in after ? after.messages : (after.count ?? 1);
}
/** Waits for moments: in real time, by messages, by clients that come and go. */
export class Triggers {
    #clock;
    #watches = new Set();
    #stops = new Set();
    constructor(clock) {
        this.#clock = clock;
    }
    /** Calls `fire` at the moment, or every time that it comes again with `every`; 0 milliseconds are at once. The returned function gives up waiting. */
    when(after, fire, every = false) {
        if (typeof after === 'number')
            return this.#onTime(after, fire, every);
        const watch = { fits: fitter(after), count: countOf(after), fire, every, seen: 0 };
        this.#watches.add(watch);
        return () => {
            this.#watches.delete(watch);
        };
    }
    /** A message from (`in`) or to (`out`) a client has been handled. */
    noteMessage(kind, type, clientId) {
        if (this.#watches.size > 0)
            this.#see({ kind, type, clientId });
    }
    noteClient(fact, clientId) {
        if (this.#watches.size > 0)
            this.#see({ kind: 'client', type: fact, clientId });
    }
    /** Gives up all waiting. */
    close() {
        for (const stop of [...this.#stops])
            stop();
        this.#watches.clear();
    }
    #onTime(delayMs, fire, every) {
        if (delayMs === 0 && !every) {
            fire();
            return () => undefined;
        }
        const arm = () => {
            const timer = this.#clock.setTimer(delayMs, () => {
                if (every)
                    cancel = arm();
                else
                    this.#stops.delete(stop);
                fire();
            });
            return () => {
                timer.cancel();
            };
        };
        let cancel = arm();
        const stop = () => {
            cancel();
            this.#stops.delete(stop);
        };
        this.#stops.add(stop);
        return stop;
    }
    #see(sighting) {
        for (const watch of [...this.#watches]) {
            if (!watch.fits(sighting))
                continue;
            watch.seen += 1;
            if (watch.seen < watch.count)
                continue;
            watch.seen = 0;
            if (!watch.every)
                this.#watches.delete(watch);
            watch.fire();
        }
    }
}
