/** TWS API: how often a line is sampled, in milliseconds of market time. What happens between two samples is seen through tick-by-tick only. */
const SAMPLE_MS = { STK: 250, OPT: 100 };
const CAN_AUTO_EXECUTE = 1;
/** TWS API: how a price says "none". */
const NO_PRICE = -1;
const BASES = ['bid', 'ask', 'last', 'model'];
function sameModel(a, b) {
    if (a === undefined || b === undefined)
        return a === b;
    return a.impliedVol === b.impliedVol && a.optPrice === b.optPrice && a.undPrice === b.undPrice && a.delta === b.delta;
}
/** One market data line: the state of an instrument, sampled, and sent where it changed since the sample before. */
export class QuoteLine {
    #options;
    #sent = {};
    #sentModels = new Map();
    #timer;
    #unwatch;
    #sampledAtMs = 0;
    #halted = false;
    #stopped = false;
    constructor(options) {
        this.#options = options;
    }
    /** Sends the state of this moment and begins to follow it. */
    start() {
        const { market, instrument } = this.#options;
        this.#unwatch = market.watch(instrument.conId, () => {
            this.#schedule();
        });
        this.#sample();
    }
    stop() {
        this.#stopped = true;
        this.#unwatch?.();
        this.#timer?.cancel();
    }
    #schedule() {
        if (this.#timer !== undefined)
            return;
        const { clock } = this.#options.market;
        const dueMs = this.#sampledAtMs + SAMPLE_MS[this.#options.instrument.secType];
        // Never at once: what happens at one instant belongs into one sample.
        this.#timer = clock.setTimer(dueMs - clock.monotonic(), () => {
            this.#timer = undefined;
            this.#sample();
        });
    }
    #sample() {
        const { market, instrument, onBurst } = this.#options;
        this.#sampledAtMs = market.clock.monotonic();
        const quote = market.quote(instrument.conId);
        this.#sendQuote(quote);
        this.#sendHalt(market.halted(instrument.conId));
        if (instrument.secType === 'OPT')
            this.#sendModels();
        this.#sent = quote;
        if (!this.#stopped)
            onBurst?.(quote);
    }
    #sendQuote(quote) {
        const { ticks } = this.#options;
        this.#sendSide(ticks.bid, ticks.bidSize, CAN_AUTO_EXECUTE, [this.#sent.bid, quote.bid], [this.#sent.bidSize, quote.bidSize]);
        this.#sendSide(ticks.ask, ticks.askSize, CAN_AUTO_EXECUTE, [this.#sent.ask, quote.ask], [this.#sent.askSize, quote.askSize]);
        this.#sendSide(ticks.last, ticks.lastSize, 0, [this.#sent.last, quote.last], [this.#sent.lastSize, quote.lastSize]);
        this.#sendTimestamp(quote.lastTimeMs);
        this.#sendSize(ticks.volume, this.#sent.volume, quote.volume);
        this.#sendPrice(ticks.high, this.#sent.high, quote.high);
        this.#sendPrice(ticks.low, this.#sent.low, quote.low);
        this.#sendPrice(ticks.close, this.#sent.close, quote.close);
        this.#sendPrice(ticks.open, this.#sent.open, quote.open);
    }
    /** A price that changed carries its size, and the size follows on its own as well: clients read either. */
    #sendSide(priceTick, sizeTick, attrMask, [priceBefore, price], [sizeBefore, size]) {
        const { session, reqId } = this.#options;
        if (price !== priceBefore) {
            session.send({ type: 'tickPrice', reqId, tickType: priceTick, price: price ?? NO_PRICE, size: size ?? 0, attrMask: price === undefined ? 0 : attrMask });
        }
        if (size !== sizeBefore || price !== priceBefore)
            session.send({ type: 'tickSize', reqId, tickType: sizeTick, size: size ?? 0 });
    }
    #sendPrice(tickType, before, price) {
        if (price === undefined || price === before)
            return;
        this.#options.session.send({ type: 'tickPrice', reqId: this.#options.reqId, tickType, price, size: 0, attrMask: 0 });
    }
    #sendSize(tickType, before, size) {
        if (size === undefined || size === before)
            return;
        this.#options.session.send({ type: 'tickSize', reqId: this.#options.reqId, tickType, size });
    }
    /** TWS API: the time of the last trade, in whole epoch seconds. */
    #sendTimestamp(lastTimeMs) {
        if (lastTimeMs === undefined)
            return;
        const seconds = Math.floor(lastTimeMs / 1000);
        const before = this.#sent.lastTimeMs;
        if (before !== undefined && Math.floor(before / 1000) === seconds)
            return;
        const { session, reqId, ticks } = this.#options;
        session.send({ type: 'tickString', reqId, tickType: ticks.lastTimestamp, value: String(seconds) });
    }
    /** TWS API: tick 49, 1 while trading is halted, then 0. */
    #sendHalt(halted) {
        if (halted === this.#halted)
            return;
        this.#halted = halted;
        const { session, reqId, ticks } = this.#options;
        session.send({ type: 'tickGeneric', reqId, tickType: ticks.halted, value: halted ? 1 : 0 });
    }
    #sendModels() {
        for (const basis of BASES) {
            const model = this.#options.market.optionModel(this.#options.instrument.conId, basis);
            if (sameModel(this.#sentModels.get(basis), model))
                continue;
            if (model === undefined)
                this.#sentModels.delete(basis);
            else
                this.#sentModels.set(basis, model);
            this.#sendModel(basis, model);
        }
    }
    #sendModel(basis, model) {
        const { session, reqId, ticks } = this.#options;
        const tickTypes = {
            bid: ticks.bidComputation,
            ask: ticks.askComputation,
            last: ticks.lastComputation,
            model: ticks.modelComputation,
        };
        session.send({
            type: 'tickOptionComputation',
            reqId,
            tickType: tickTypes[basis],
            tickAttrib: basis === 'model' ? 0 : 1,
            impliedVol: model?.impliedVol,
            delta: model?.delta,
            optPrice: model?.optPrice,
            pvDividend: model?.pvDividend,
            gamma: model?.gamma,
            vega: model?.vega,
            theta: model?.theta,
            undPrice: model?.undPrice,
        });
    }
}
