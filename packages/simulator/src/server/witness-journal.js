/** How many dropped entries may stay in the array before it is compacted: keeps dropping the oldest at constant cost. */
const COMPACT_SLACK = 1024;
/** The bounded, append-only record of what the server saw: the independent witness for tests. */
export class WitnessJournal {
    #clock;
    #limit;
    #entries = [];
    #seq = 0;
    constructor(options) {
        this.#clock = options.clock;
        this.#limit = options.limit;
    }
    /** Sequence number of the newest entry, 0 before the first. */
    get lastSeq() {
        return this.#seq;
    }
    append(kind, type, about = {}) {
        this.#seq += 1;
        this.#entries.push({ seq: this.#seq, atMs: this.#clock.now(), kind, type, ...about });
        if (this.#entries.length > this.#limit + COMPACT_SLACK)
            this.#entries = this.#entries.slice(-this.#limit);
    }
    /** The entries that match, oldest first; a copy. */
    read(filter = {}) {
        const kept = this.#entries.slice(-this.#limit);
        return kept.filter((entry) => (filter.kind === undefined || entry.kind === filter.kind) &&
            (filter.clientId === undefined || entry.clientId === filter.clientId) &&
            (filter.type === undefined || entry.type === filter.type) &&
            (filter.afterSeq === undefined || entry.seq > filter.afterSeq));
    }
}
