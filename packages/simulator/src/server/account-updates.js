import { decimal, decimalOrNone } from './amounts.js';
import { contractOf } from './instrument-contract.js';
/** TWS API: account values are refreshed every three minutes, and when there was a trade. */
export const ACCOUNT_REFRESH_MS = 180_000;
function hoursAndMinutes(atMs) {
    return new Date(atMs).toISOString().slice(11, 16);
}
/** The stream behind reqAccountUpdates: everything once, then what changed. */
export class AccountUpdates {
    #options;
    #values = new Map();
    #positions = new Map();
    #unlisten;
    #refresh;
    #soon;
    constructor(options) {
        this.#options = options;
    }
    /** Sends the whole account, the time and the end mark, and begins to follow. */
    start() {
        const { session, account, brokerage } = this.#options;
        this.#unlisten = brokerage.on((event) => {
            if (event.kind === 'account' && event.account === account)
                this.#updateSoon();
            if (event.kind === 'position' && event.position.account === account)
                this.#updateSoon();
        });
        this.#send();
        session.send({ type: 'accountDownloadEnd', accountName: account });
        this.#armRefresh();
    }
    stop() {
        this.#unlisten?.();
        this.#refresh?.cancel();
        this.#soon?.cancel();
    }
    /** A fill changes positions and values in several events: one update for all of them. */
    #updateSoon() {
        this.#soon ??= this.#options.market.clock.setTimer(0, () => {
            this.#soon = undefined;
            this.#send();
        });
    }
    #armRefresh() {
        this.#refresh = this.#options.market.clock.setTimer(ACCOUNT_REFRESH_MS, () => {
            this.#send();
            this.#armRefresh();
        });
    }
    /** TWS API: values, positions, then the time; nothing when nothing changed. */
    #send() {
        const { session, account, brokerage, market } = this.#options;
        const values = brokerage.accountValues(account).filter((value) => this.#isNewValue(value));
        for (const { key, value, currency } of values)
            session.send({ type: 'accountValue', key, value, currency, accountName: account });
        const positions = brokerage.portfolio(account).filter((position) => this.#isNewPosition(position));
        for (const position of positions)
            this.#sendPosition(position);
        if (values.length + positions.length > 0)
            session.send({ type: 'accountUpdateTime', timeStamp: hoursAndMinutes(market.clock.now()) });
    }
    #isNewValue({ key, value, currency }) {
        const name = `${key} ${currency}`;
        if (this.#values.get(name) === value)
            return false;
        this.#values.set(name, value);
        return true;
    }
    #isNewPosition({ instrument, position, marketPrice, avgCost, realizedPnl }) {
        const text = [position, marketPrice, avgCost, realizedPnl].join(' ');
        if (this.#positions.get(instrument.conId) === text)
            return false;
        this.#positions.set(instrument.conId, text);
        return true;
    }
    #sendPosition(position) {
        const { session, account } = this.#options;
        session.send({
            type: 'portfolioValue',
            contract: contractOf(position.instrument),
            position: position.position,
            marketPrice: decimalOrNone(position.marketPrice),
            marketValue: decimalOrNone(position.marketValue),
            averageCost: decimal(position.avgCost),
            unrealizedPNL: decimalOrNone(position.unrealizedPnl),
            realizedPNL: decimal(position.realizedPnl),
            accountName: account,
        });
    }
}
