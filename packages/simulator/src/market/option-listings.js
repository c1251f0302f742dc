import { TimeZone } from '@ibkit/clock';
/** Exchanges that list the options, `SMART` first. */
export const OPTION_EXCHANGES = ['SMART', 'AMEX', 'BOX', 'CBOE', 'ISE', 'MERCURY', 'NASDAQOM', 'PHLX', 'PSE'];
export const OPTION_MULTIPLIER = 100;
const DAY_MS = 86_400_000;
const FRIDAY = 5;
const WEEKLY_EXPIRIES = 4;
const MONTHLY_EXPIRIES = 6;
const STRIKES_PER_SIDE = 20;
const HIGHEST_STRIKE = 2000;
function compact(dayMs) {
    return new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}
function thirdFriday(year, monthIndex) {
    const first = Date.UTC(year, monthIndex, 1);
    const untilFriday = (FRIDAY - new Date(first).getUTCDay() + 7) % 7;
    return first + (untilFriday + 14) * DAY_MS;
}
/** The next four Fridays and the next six third Fridays after the New York day of `atMs`; exchange holidays are not considered. */
export function expirationsAfter(atMs) {
    const { year, month, day } = new TimeZone('America/New_York').read(atMs);
    const today = Date.UTC(year, month - 1, day);
    const expiries = new Set();
    const untilFriday = (FRIDAY - new Date(today).getUTCDay() + 7) % 7 || 7;
    for (let week = 0; week < WEEKLY_EXPIRIES; week += 1)
        expiries.add(today + (untilFriday + week * 7) * DAY_MS);
    let monthlies = 0;
    for (let ahead = 0; monthlies < MONTHLY_EXPIRIES; ahead += 1) {
        const expiry = thirdFriday(year, month - 1 + ahead);
        if (expiry <= today)
            continue;
        expiries.add(expiry);
        monthlies += 1;
    }
    return [...expiries].sort((a, b) => a - b).map(compact);
}
function strikeStep(price) {
    if (price < 100)
        return 1;
    if (price < 250)
        return 2.5;
    return price < 1000 ? 5 : 10;
}
/** Strikes around a price, from far below to far above, on a round grid. */
export function strikesAround(price) {
    const step = strikeStep(price);
    const middle = Math.round(price / step);
    const strikes = [];
    for (let at = middle - STRIKES_PER_SIDE; at <= middle + STRIKES_PER_SIDE; at += 1) {
        const strike = at * step;
        if (strike > 0 && strike <= HIGHEST_STRIKE)
            strikes.push(strike);
    }
    return strikes;
}
/** `AAPL  261218C00200000`: the symbol padded to six places, the date, the right, the strike times 1000 in eight digits (OCC form). */
export function occSymbol(symbol, expiry, right, strike) {
    return `${symbol.padEnd(6)}${expiry.slice(2)}${right}${String(Math.round(strike * 1000)).padStart(8, '0')}`;
}
const FIRST_OPTION_CON_ID = 700_000_000;
const EPOCH_2000 = Date.UTC(2000, 0, 1);
const DAY_SLOTS = 1 << 14;
const STRIKE_SLOTS = 1 << 12;
/** An id that depends on the contract alone: days since 2000, half dollars of strike, right and place of the underlying, side by side. */
function optionConId(place, expiry, right, strike) {
    const day = (Date.UTC(Number(expiry.slice(0, 4)), Number(expiry.slice(4, 6)) - 1, Number(expiry.slice(6, 8))) - EPOCH_2000) / DAY_MS;
    const slot = place * 2 + (right === 'C' ? 0 : 1);
    return FIRST_OPTION_CON_ID + (slot * DAY_SLOTS + (day % DAY_SLOTS)) * STRIKE_SLOTS + Math.round(strike * 2);
}
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
function optionName(symbol, expiry, right, strike) {
    return `${symbol} ${MONTHS[Number(expiry.slice(4, 6)) - 1] ?? ''}${expiry.slice(6)}'${expiry.slice(2, 4)} ${strike} ${right === 'C' ? 'CALL' : 'PUT'}`;
}
/**
 * The option contracts of an underlying: every expiry with every strike, calls and puts.
 * @param place which of the underlyings with options this is, 0 to 15; part of the ids
 */
export function optionContracts(underlying, grid, place) {
    const contracts = [];
    for (const expiry of grid.expirations) {
        for (const strike of grid.strikes) {
            for (const right of ['C', 'P']) {
                contracts.push({
                    conId: optionConId(place, expiry, right, strike),
                    symbol: underlying.symbol,
                    secType: 'OPT',
                    currency: underlying.currency,
                    exchange: 'SMART',
                    primaryExch: '',
                    validExchanges: OPTION_EXCHANGES,
                    localSymbol: occSymbol(underlying.symbol, expiry, right, strike),
                    tradingClass: underlying.symbol,
                    marketName: underlying.symbol,
                    longName: optionName(underlying.symbol, expiry, right, strike),
                    industry: underlying.industry,
                    category: underlying.category,
                    subcategory: underlying.subcategory,
                    minTick: 0.01,
                    timeZoneId: underlying.timeZoneId,
                    multiplier: OPTION_MULTIPLIER,
                    expiry,
                    strike,
                    right,
                    underConId: underlying.conId,
                });
            }
        }
    }
    return contracts;
}
