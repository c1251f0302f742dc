import { mixed } from '../market/price-source.js';
/** Permanent order ids and execution ids: each larger than the one before, and the same for the same seed. */
export class OrderIds {
    #permId;
    #execution;
    constructor(seed) {
        this.#permId = 1_000_000_000 + (mixed(seed, 1) % 1_000_000_000);
        this.#execution = 0x1000_0000 + (mixed(seed, 2) % 0x5000_0000);
    }
    /** The last ids that were given. */
    get last() {
        return { permId: this.#permId, execution: this.#execution };
    }
    /** Goes on behind ids that were given before a restart. */
    restore(last) {
        this.#permId = Math.max(this.#permId, last.permId);
        this.#execution = Math.max(this.#execution, last.execution);
    }
    /** Decimal digits. */
    nextPermId() {
        this.#permId += 1;
        return String(this.#permId);
    }
    /** In the form of the broker, such as `0000e0d5.6553f3c1.01.01`; a correction would change the last part. */
    nextExecId() {
        this.#execution += 1;
        return `0000e0d5.${this.#execution.toString(16).padStart(8, '0')}.01.01`;
    }
}
/** TWS: the execution of a leg has the id of the combination's, with the place of the leg (from 2) and a segment more, such as `0000e0d5.6553f3c1.02.01.01`. */
export function legExecId(execId, place) {
    const [client = '', number = ''] = execId.split('.');
    return `${client}.${number}.${String(place + 2).padStart(2, '0')}.01.01`;
}
/** TWS: a correction repeats the id with a higher last part. */
export function correctedExecId(execId) {
    const dot = execId.lastIndexOf('.');
    return `${execId.slice(0, dot)}.${String(Number(execId.slice(dot + 1)) + 1).padStart(2, '0')}`;
}
