import { UsageError } from '@ibkit/error-codes';
import { isRecord } from '../control/rules.js';
import { definitionOf } from './catalogue.js';
/** More faults than this at a time are a mistake of whoever injects them. */
const MOST_FAULTS = 10_000;
/** Every fault that waits or is on, and the points at which they step in. Without faults each point costs one look at an empty list. */
export class FaultBoard {
    #options;
    #host;
    #entries = new Map();
    #pending = new Set();
    /** The effects that are on, in the order in which they began. Replaced, never changed: it may be walked while a fault ends. */
    #effects = [];
    #nextId = 1;
    #closed = false;
    constructor(options) {
        this.#options = options;
        this.#host = {
            ...options.ground,
            clock: options.clock,
            later: (delayMs, action) => this.#later(delayMs, action),
            endFaults: (type, fits) => this.#endWhere((entry) => entry.effect !== undefined && entry.fault.type === type && isRecord(entry.fault) && fits(entry.fault)),
        };
    }
    /** The faults that wait or are on, oldest first. */
    get faults() {
        return [...this.#entries.values()].map(({ id, fault, effect }) => ({ id, status: effect === undefined ? 'waiting' : 'active', fault }));
    }
    /** @throws UsageError that names field, value and rule; then nothing has begun. */
    inject(fault) {
        const definition = definitionOf(fault);
        if (this.#entries.size >= MOST_FAULTS)
            throw new UsageError({ field: 'faults', value: this.#entries.size, rule: `must not be more than ${MOST_FAULTS} at a time: end some first` });
        const id = `f${this.#nextId}`;
        this.#nextId += 1;
        const entry = { id, fault: { ...fault }, definition, effect: undefined, cancel: () => undefined };
        const end = () => {
            this.#end(entry);
        };
        const injected = Object.assign(end, { id });
        if (this.#closed)
            return injected;
        this.#entries.set(id, entry);
        const { after = 0 } = fault;
        if (after !== 0)
            this.#options.ground.note('waiting', undefined, { faultId: id, fault });
        const cancel = this.#options.triggers.when(after, () => {
            this.#begin(entry);
        });
        if (entry.effect === undefined)
            entry.cancel = cancel;
        return injected;
    }
    /** Ends faults: all, one by its id, or those of a type. Returns how many. */
    clear(which = {}) {
        return this.#endWhere(({ id, fault }) => (which.id === undefined || which.id === id) && (which.type === undefined || which.type === fault.type));
    }
    /** Ends everything, also what faults have put off. */
    close() {
        this.#closed = true;
        this.clear();
        for (const cancel of [...this.#pending])
            cancel();
    }
    /** Whether no fault is on. */
    get idle() {
        return this.#effects.length === 0;
    }
    get closesPort() {
        return this.#effects.some((effect) => effect.closesPort === true);
    }
    get neverAnswers() {
        return this.#effects.some((effect) => effect.neverAnswers === true);
    }
    /** The version to announce instead of the negotiated one. */
    get version() {
        return this.#effects.find((effect) => effect.version !== undefined)?.version;
    }
    get skewMs() {
        return this.#effects.reduce((sum, effect) => sum + (effect.skewMs ?? 0), 0);
    }
    onStart(clientId) {
        const answers = this.#effects.map((effect) => effect.onStart?.(clientId));
        return answers.find((answer) => answer === 'inUse') ?? answers.find((answer) => answer !== undefined);
    }
    /** Whether a fault has taken the request: it goes no further. */
    takesRequest(session, message) {
        for (const { onRequest } of this.#effects)
            if (onRequest?.(session, message) === true)
                return true;
        return false;
    }
    /** The message as it is to be sent; undefined: not at all. */
    outgoing(session, message) {
        let current = message;
        for (const { onMessage } of this.#effects) {
            if (onMessage === undefined)
                continue;
            current = onMessage(session, current);
            if (current === undefined)
                return undefined;
        }
        return current;
    }
    callback(callback, deliver) {
        const effects = this.#effects;
        const pass = (current, from) => {
            const index = effects.findIndex((effect, at) => at >= from && effect.onCallback !== undefined);
            const effect = effects[index];
            if (effect?.onCallback === undefined) {
                deliver(current);
                return;
            }
            effect.onCallback(current, (next) => {
                pass(next, index + 1);
            });
        };
        pass(callback, 0);
    }
    frame(frame) {
        let current = frame;
        for (const { onFrame } of this.#effects)
            if (onFrame !== undefined)
                current = onFrame(current);
        return current;
    }
    shape(clientId) {
        const shapes = this.#effects.flatMap((effect) => effect.shape?.(clientId) ?? []);
        if (shapes.length === 0)
            return undefined;
        const rates = shapes.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
        return {
            delayMs: shapes.reduce((sum, { delayMs = 0 }) => sum + delayMs, 0),
            bytesPerSecond: rates.length === 0 ? undefined : Math.min(...rates),
        };
    }
    #begin(entry) {
        if (!this.#entries.has(entry.id))
            return;
        const { fault, definition, id } = entry;
        const end = () => {
            this.#end(entry);
        };
        const effect = definition.begin(fault, this.#host, end);
        entry.effect = effect;
        entry.cancel = () => undefined;
        this.#effects = [...this.#effects, effect];
        this.#options.ground.note(fault.type, undefined, { faultId: id, fault });
        this.#options.onChange();
        effect.start?.();
        const forMs = fault.for ?? definition.defaultForMs;
        if (forMs === undefined || !this.#entries.has(id))
            return;
        const timer = this.#options.clock.setTimer(forMs, end);
        entry.cancel = () => {
            timer.cancel();
        };
    }
    #end(entry) {
        if (!this.#entries.delete(entry.id))
            return;
        entry.cancel();
        const { effect } = entry;
        if (effect === undefined)
            return;
        this.#effects = this.#effects.filter((other) => other !== effect);
        effect.stop?.();
        this.#options.ground.note('ended', undefined, { faultId: entry.id, type: entry.fault.type });
        this.#options.onChange();
    }
    #endWhere(fits) {
        const chosen = [...this.#entries.values()].filter(fits);
        for (const entry of chosen)
            this.#end(entry);
        return chosen.length;
    }
    #later(delayMs, action) {
        if (this.#closed)
            return () => undefined;
        const timer = this.#options.clock.setTimer(delayMs, () => {
            this.#pending.delete(cancel);
            action();
        });
        const cancel = () => {
            timer.cancel();
            this.#pending.delete(cancel);
        };
        this.#pending.add(cancel);
        return cancel;
    }
}
