import { orderTimeMs } from './order-time.js';
import { hitsNeeded, isBeyond, sightingOf, sightingOfQuote, triggerMethodOf, watchedPrices } from './trigger.js';
function readCondition(ticket, universe, nowMs) {
    const { conjunctionConnection } = ticket;
    switch (ticket.type) {
        case 'time': {
            const atMs = orderTimeMs(ticket.time, nowMs, 'start');
            if (atMs === undefined)
                return { code: 343, message: `The date, time, or time-zone entered is invalid: the condition's time is ${ticket.time}, it must be like 20240102 15:30:00 US/Eastern.` };
            return { type: 'time', conjunctionConnection, isMore: ticket.isMore, atMs };
        }
        case 'margin':
            return { type: 'margin', conjunctionConnection, isMore: ticket.isMore, percent: ticket.percent };
        case 'execution':
            return { type: 'execution', conjunctionConnection, secType: ticket.secType.toUpperCase(), symbol: ticket.symbol.toUpperCase() };
        case 'price':
        case 'volume':
        case 'percentChange': {
            const { conId, isMore } = ticket;
            const instrument = universe.byConId(conId);
            if (instrument === undefined)
                return { code: 147, message: `The conditional contract info is incomplete: there is no contract ${conId}.` };
            if (ticket.type === 'volume')
                return { type: 'volume', conjunctionConnection, isMore, conId, volume: ticket.volume };
            if (ticket.type === 'percentChange')
                return { type: 'percentChange', conjunctionConnection, isMore, conId, percentChange: ticket.percentChange };
            const method = triggerMethodOf(ticket.triggerMethod, instrument.secType);
            if (method === undefined)
                return { code: 146, message: `Invalid trigger method: the condition has ${ticket.triggerMethod}.` };
            return { type: 'price', conjunctionConnection, isMore, conId, price: ticket.price, method };
        }
    }
}
/** The conditions of an order, or what is wrong with the first bad one. */
export function readConditions(tickets, context) {
    const conditions = [];
    for (const ticket of tickets) {
        const condition = readCondition(ticket, context.universe, context.nowMs);
        if ('message' in condition)
            return condition;
        conditions.push(condition);
    }
    return conditions;
}
/** The instruments that conditions look at. */
export function conditionConIds(conditions) {
    return conditions.flatMap((condition) => ('conId' in condition ? [condition.conId] : []));
}
function passes(value, level, isMore) {
    return isMore ? value >= level : value <= level;
}
/** Whether terms that are joined by and/or hold; `and` binds stronger. The last conjunction joins nothing. */
export function joinTerms(terms) {
    let allSoFar = true;
    for (const [index, { holds, conjunctionConnection }] of terms.entries()) {
        allSoFar &&= holds;
        if (conjunctionConnection === 'a' && index < terms.length - 1)
            continue;
        if (allSoFar)
            return true;
        allSoFar = true;
    }
    return false;
}
/** The conditions of one order and what they have seen so far. */
export class ConditionWatch {
    #conditions;
    /** Sightings in a row beyond a price condition's level, by place. */
    #hits;
    #executed;
    constructor(conditions) {
        this.#conditions = conditions;
        this.#hits = conditions.map(() => 0);
        this.#executed = conditions.map(() => false);
    }
    get conditions() {
        return this.#conditions;
    }
    /** Takes in the market as it is when the order arrives. */
    arrive(quote) {
        for (const conId of new Set(conditionConIds(this.#conditions)))
            this.#see(conId, sightingOfQuote(quote(conId)));
    }
    observe(event) {
        const sighting = sightingOf(event);
        if (sighting !== undefined)
            this.#see(event.conId, sighting);
    }
    /** The account traded something. */
    executed({ symbol, secType }) {
        for (const [place, condition] of this.#conditions.entries()) {
            if (condition.type !== 'execution')
                continue;
            if (condition.symbol === symbol && (condition.secType === '' || condition.secType === secType))
                this.#executed[place] = true;
        }
    }
    /** The next instant at which time alone may change the answer. */
    nextInstant(nowMs) {
        const instants = this.#conditions.flatMap((condition) => (condition.type === 'time' && condition.atMs > nowMs ? [condition.atMs] : []));
        return instants.length === 0 ? undefined : Math.min(...instants);
    }
    areMet(facts) {
        return joinTerms(this.#conditions.map((condition, place) => ({ holds: this.#holds(condition, place, facts), conjunctionConnection: condition.conjunctionConnection })));
    }
    #see(conId, sighting) {
        for (const [place, condition] of this.#conditions.entries()) {
            if (condition.type !== 'price' || condition.conId !== conId)
                continue;
            const crossing = condition.isMore ? 'up' : 'down';
            for (const price of watchedPrices(condition.method, crossing, sighting)) {
                this.#hits[place] = isBeyond(price, condition.price, crossing) ? (this.#hits[place] ?? 0) + 1 : 0;
            }
        }
    }
    #holds(condition, place, facts) {
        switch (condition.type) {
            case 'price':
                return (this.#hits[place] ?? 0) >= hitsNeeded(condition.method);
            case 'time':
                return passes(facts.nowMs, condition.atMs, condition.isMore);
            case 'margin':
                return passes(facts.cushionPercent(), condition.percent, condition.isMore);
            case 'execution':
                return this.#executed[place] === true;
            case 'volume': {
                const { volume } = facts.quote(condition.conId);
                return volume !== undefined && passes(volume, condition.volume, condition.isMore);
            }
            case 'percentChange': {
                const { last, close } = facts.quote(condition.conId);
                if (last === undefined || close === undefined || close === 0)
                    return false;
                return passes((last / close - 1) * 100, condition.percentChange, condition.isMore);
            }
        }
    }
}
