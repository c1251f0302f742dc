import { ACCOUNT_REFRESH_MS } from './account-updates.js';
/** TWS API: the values behind `$LEDGER`, per currency. */
const LEDGER_KEYS = new Set([
    'AccruedCash',
    'CashBalance',
    'ExchangeRate',
    'NetLiquidationByCurrency',
    'OptionMarketValue',
    'RealizedPnL',
    'StockMarketValue',
    'TotalCashBalance',
    'UnrealizedPnL',
]);
const BASE = 'BASE';
/** Whether a value belongs to the tag: a plain key, `$LEDGER` (base currency), `$LEDGER:USD` or `$LEDGER:ALL`. */
function fits(tag, { key, currency }) {
    if (!tag.startsWith('$LEDGER'))
        return key === tag && currency !== BASE;
    const wanted = tag.split(':')[1];
    return LEDGER_KEYS.has(key) && currency !== '' && (wanted === 'ALL' || currency === (wanted ?? BASE));
}
/** The stream behind reqAccountSummary: the wanted values of every account once, then what changed, every three minutes. */
export class AccountSummary {
    #options;
    #tags;
    #sent = new Map();
    #timer;
    constructor(options) {
        this.#options = options;
        this.#tags = options.tags.split(',').map((tag) => tag.trim());
    }
    start() {
        const { session, reqId } = this.#options;
        this.#send();
        session.send({ type: 'accountSummaryEnd', reqId });
        this.#arm();
    }
    stop() {
        this.#timer?.cancel();
    }
    #arm() {
        this.#timer = this.#options.market.clock.setTimer(ACCOUNT_REFRESH_MS, () => {
            this.#send();
            this.#arm();
        });
    }
    #send() {
        const { session, reqId, brokerage } = this.#options;
        for (const account of brokerage.accounts) {
            const values = brokerage.accountValues(account);
            for (const line of this.#tags.flatMap((tag) => values.filter((value) => fits(tag, value)))) {
                const name = `${account} ${line.key} ${line.currency}`;
                if (this.#sent.get(name) === line.value)
                    continue;
                this.#sent.set(name, line.value);
                session.send({ type: 'accountSummary', reqId, account, tag: line.key, value: line.value, currency: line.currency });
            }
        }
    }
}
