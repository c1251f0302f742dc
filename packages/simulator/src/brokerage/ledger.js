import { UsageError } from '@ibkit/error-codes';
/** Futures and contracts for difference: nothing but profit and loss is ever paid. */
function isMargined({ secType }) {
    return secType === 'FUT' || secType === 'CFD';
}
/** House margin of stocks within the day. */
const STOCK_MARGIN = 0.25;
const REG_T_MARGIN = 0.5;
/** Share of the underlying's value that a short option ties up, above its own value. */
const SHORT_OPTION_MARGIN = 0.2;
/** Share of the value of everything else. */
const MARGIN_SHARES = { FUT: 0.08, CFD: 0.25, CASH: 0.03, CRYPTO: 1, BOND: 0.1 };
/** A size without the noise of binary fractions. */
function wholeUnits(quantity) {
    return Number(quantity.toFixed(8));
}
function multiplierOf(instrument) {
    return instrument.multiplier ?? 1;
}
/**
 * The books of one account. At every moment, up to rounding:
 * cash + the positions' market value = start cash + realized + unrealized profit.
 * Of futures and contracts for difference not the value counts but the profit since the opening.
 */
export class Ledger {
    account;
    #startCash;
    #markOf;
    #holdings = new Map();
    /** What the fills were booked upon: nothing, or what was kept over a restart. */
    #base;
    #fills = [];
    #cash;
    constructor(account, startCash, markOf) {
        this.account = account;
        this.#startCash = startCash;
        this.#cash = startCash;
        this.#base = { cash: startCash, holdings: [] };
        this.#markOf = markOf;
    }
    get startCash() {
        return this.#startCash;
    }
    /** What must be kept of it. */
    record() {
        return { account: this.account, startCash: this.#startCash, cash: this.#cash, holdings: [...this.#holdings.values()].map((holding) => ({ ...holding })) };
    }
    /** Goes on from what was kept; `instrumentOf` gives the universe's instrument for a kept one. */
    restore(record, instrumentOf) {
        this.#startCash = record.startCash;
        this.#cash = record.cash;
        this.#holdings.clear();
        for (const holding of record.holdings) {
            const instrument = instrumentOf(holding.instrument);
            this.#holdings.set(instrument.conId, { ...holding, instrument, openCommission: holding.openCommission ?? 0 });
        }
        this.#base = { cash: this.#cash, holdings: [...this.#holdings.values()].map((holding) => ({ ...holding })) };
        this.#fills = [];
    }
    /** How much of an instrument the account holds; below 0 when short. */
    quantityOf(conId) {
        return this.#holdings.get(conId)?.quantity ?? 0;
    }
    /** Books a fill; gives the profit that it realized, net of its share of the commission, or undefined when it only opens. */
    book(fill) {
        this.#fills.push(fill);
        return this.#post(fill);
    }
    /** Gives a booked fill another price and commission, and makes the books anew; gives the profit that it realized now. */
    correct(execId, price, commission) {
        const place = this.#fills.findIndex((fill) => fill.execId === execId);
        const old = this.#fills[place];
        if (old === undefined)
            throw new UsageError({ field: 'execId', value: execId, rule: 'must be the id of a fill since the start' });
        this.#fills[place] = { ...old, price, commission };
        this.#cash = this.#base.cash;
        this.#holdings.clear();
        for (const holding of this.#base.holdings)
            this.#holdings.set(holding.instrument.conId, { ...holding });
        let realized;
        for (const [index, fill] of this.#fills.entries()) {
            const profit = this.#post(fill);
            if (index === place)
                realized = profit;
        }
        return realized;
    }
    #post(fill) {
        const { instrument, quantity, price, commission } = fill;
        const holding = this.#holdingOf(instrument);
        const unit = price * multiplierOf(instrument);
        this.#cash -= (isMargined(instrument) ? 0 : quantity * unit) + commission;
        const isOpening = holding.quantity * quantity >= 0;
        if (isOpening) {
            this.#open(holding, quantity, unit, commission);
            return undefined;
        }
        const closed = Math.min(Math.abs(quantity), Math.abs(holding.quantity));
        const closingCommission = (commission * closed) / Math.abs(quantity);
        const realized = closed * (unit - holding.averageCost) * Math.sign(holding.quantity) - closingCommission;
        holding.realized += realized;
        if (isMargined(instrument))
            this.#settle(holding, closed, realized + closingCommission);
        holding.quantity = wholeUnits(holding.quantity + Math.sign(quantity) * closed);
        if (holding.quantity === 0)
            holding.averageCost = 0;
        const rest = Math.sign(quantity) * (Math.abs(quantity) - closed);
        if (rest !== 0)
            this.#open(holding, rest, unit, commission - closingCommission);
        return realized;
    }
    /** Pays out what closing part of a margined position made; what opening it cost was paid then. */
    #settle(holding, closed, gain) {
        const opening = (holding.openCommission * closed) / Math.abs(holding.quantity);
        holding.openCommission -= opening;
        this.#cash += gain + opening;
    }
    /** Every instrument that the account ever held, in the order of the first fills. */
    positions() {
        return [...this.#holdings.values()].map((holding) => this.#positionOf(holding));
    }
    position(conId) {
        const holding = this.#holdings.get(conId);
        return holding === undefined ? undefined : this.#positionOf(holding);
    }
    /** The account's numbers now, or as they would be after fills that are not booked. */
    figures(whatIf = []) {
        let stockValue = 0;
        let optionValue = 0;
        let gross = 0;
        let initMargin = 0;
        let regTMargin = 0;
        let realized = 0;
        let unrealized = 0;
        let cash = this.#cash;
        const quantities = new Map([...this.#holdings.values()].map((holding) => [holding.instrument, holding.quantity]));
        for (const { instrument, quantity, price, commission } of whatIf) {
            quantities.set(instrument, (quantities.get(instrument) ?? 0) + quantity);
            cash -= (isMargined(instrument) ? 0 : quantity * price * multiplierOf(instrument)) + commission;
        }
        for (const [instrument, quantity] of quantities) {
            const value = quantity * this.#unitValue(instrument, whatIf);
            gross += Math.abs(value);
            if (instrument.secType === 'OPT') {
                optionValue += value;
                const margin = quantity < 0 ? this.#shortOptionMargin(instrument, quantity) : 0;
                initMargin += margin;
                regTMargin += margin;
            }
            else {
                if (!isMargined(instrument))
                    stockValue += value;
                initMargin += Math.abs(value) * (MARGIN_SHARES[instrument.secType] ?? STOCK_MARGIN);
                regTMargin += Math.abs(value) * (MARGIN_SHARES[instrument.secType] ?? REG_T_MARGIN);
            }
        }
        let openProfit = 0;
        for (const holding of this.#holdings.values()) {
            realized += holding.realized;
            const profit = holding.quantity * (this.#unitValue(holding.instrument) - holding.averageCost);
            unrealized += profit;
            if (isMargined(holding.instrument))
                openProfit += profit + holding.openCommission;
        }
        return {
            cash,
            stockValue,
            optionValue,
            grossPositionValue: gross,
            netLiquidation: cash + stockValue + optionValue + openProfit,
            // Long options lend nothing; what short options cost to close is a debt.
            equityWithLoan: cash + stockValue + openProfit + Math.min(0, optionValue) - this.#paperGain(whatIf),
            initMargin,
            maintMargin: initMargin,
            regTMargin,
            realized,
            unrealized,
        };
    }
    #holdingOf(instrument) {
        const known = this.#holdings.get(instrument.conId);
        if (known !== undefined)
            return known;
        const holding = { instrument, quantity: 0, openCommission: 0, averageCost: 0, realized: 0 };
        this.#holdings.set(instrument.conId, holding);
        return holding;
    }
    /** Adds to a position on the side that it is on; a commission makes a long one dearer and a short one cheaper. */
    #open(holding, quantity, unit, commission) {
        const held = Math.abs(holding.quantity);
        const added = Math.abs(quantity);
        const cost = held * holding.averageCost + added * unit + Math.sign(quantity) * commission;
        holding.quantity = wholeUnits(holding.quantity + quantity);
        holding.averageCost = cost / (held + added);
        if (isMargined(holding.instrument))
            holding.openCommission += commission;
    }
    #positionOf(holding) {
        const marketPrice = this.#markOf(holding.instrument.conId);
        const marketValue = marketPrice === undefined ? undefined : holding.quantity * marketPrice * multiplierOf(holding.instrument);
        return {
            account: this.account,
            instrument: holding.instrument,
            position: holding.quantity,
            avgCost: holding.averageCost,
            marketPrice,
            marketValue,
            unrealizedPnl: marketValue === undefined ? undefined : marketValue - holding.quantity * holding.averageCost,
            realizedPnl: holding.realized,
        };
    }
    /** What one unit is worth: the market's price, else what it cost, so that the books still add up without a market. */
    #unitValue(instrument, whatIf = []) {
        const mark = this.#markOf(instrument.conId);
        if (mark !== undefined)
            return mark * multiplierOf(instrument);
        const holding = this.#holdings.get(instrument.conId);
        if (holding !== undefined && holding.quantity !== 0)
            return holding.averageCost;
        return (whatIf.find((fill) => fill.instrument === instrument)?.price ?? 0) * multiplierOf(instrument);
    }
    /** What fills at prices better than the market's would seem to earn: an order with a limit far away must not pay for itself. */
    #paperGain(whatIf) {
        let gain = 0;
        for (const { instrument, quantity, price } of whatIf) {
            if (!isMargined(instrument))
                gain += quantity * (this.#unitValue(instrument, whatIf) - price * multiplierOf(instrument));
        }
        return Math.max(0, gain);
    }
    #shortOptionMargin(instrument, quantity) {
        const underlying = this.#markOf(instrument.underConId ?? 0) ?? instrument.strike ?? 0;
        return Math.abs(quantity) * SHORT_OPTION_MARGIN * underlying * multiplierOf(instrument);
    }
}
