import { tradingHours } from '../market/trading-hours.js';
import { NO_SECURITY } from './find-instrument.js';
import { contractOf } from './instrument-contract.js';
import { marketRule, marketRuleIdFor } from './market-rules.js';
import { route } from './route.js';
/** What the engine accepts: no more is promised. */
const ORDER_TYPES = 'LMT,MKT,WHATIF';
function detailsOf(instrument, universe, atMs) {
    const { expiry, underConId, validExchanges, minTick } = instrument;
    const underlying = underConId === undefined ? undefined : universe.byConId(underConId);
    const hours = tradingHours(instrument, atMs);
    const rule = marketRuleIdFor(minTick);
    return {
        contract: contractOf(instrument),
        marketName: instrument.marketName,
        minTick,
        orderTypes: ORDER_TYPES,
        validExchanges: validExchanges.join(','),
        priceMagnifier: 1,
        underConId,
        longName: instrument.longName,
        contractMonth: expiry?.slice(0, 6),
        industry: instrument.industry,
        category: instrument.category,
        subcategory: instrument.subcategory,
        timeZoneId: hours.timeZoneId,
        tradingHours: hours.tradingHours,
        liquidHours: hours.liquidHours,
        evRule: '',
        evMultiplier: 0,
        secIdList: [],
        aggGroup: 1,
        underSymbol: underlying?.symbol,
        underSecType: underlying?.secType,
        marketRuleIds: validExchanges.map(() => String(rule)).join(','),
        realExpirationDate: expiry,
        stockType: instrument.stockType,
        minSize: 1,
        sizeIncrement: 1,
        suggestedSizeIncrement: instrument.secType === 'STK' ? 100 : 1,
    };
}
/** Security definitions: details, search, option chains, price grids. */
export function contractRoutes({ market }) {
    const { universe, clock } = market;
    return [
        route('reqContractDetails', (session, { reqId, contract }) => {
            const found = universe.find(contract);
            if (found.length === 0) {
                // TWS API: an error, and no end message.
                session.sendError(reqId, 200, NO_SECURITY);
                return;
            }
            for (const instrument of found)
                session.send({ type: 'contractDetails', reqId, details: detailsOf(instrument, universe, clock.now()) });
            session.send({ type: 'contractDetailsEnd', reqId });
        }),
        route('reqMatchingSymbols', (session, { reqId, pattern }) => {
            const contracts = universe.matching(pattern).map(({ instrument, derivativeSecTypes }) => ({
                contract: {
                    conId: instrument.conId,
                    symbol: instrument.symbol,
                    secType: instrument.secType,
                    primaryExch: instrument.primaryExch,
                    currency: instrument.currency,
                    description: instrument.longName,
                    issuerId: '',
                },
                derivativeSecTypes,
            }));
            session.send({ type: 'symbolSamples', reqId, contracts });
        }),
        route('reqSecDefOptParams', (session, { reqId, underlyingSymbol, underlyingConId }) => {
            if (universe.byConId(underlyingConId)?.symbol !== underlyingSymbol) {
                session.sendError(reqId, 321, `Error validating request.-'reqSecDefOptParams' : cause - Invalid contract id ${underlyingConId} for ${underlyingSymbol}`);
                return;
            }
            for (const chain of universe.optionChains(underlyingConId)) {
                session.send({
                    type: 'secDefOptParameter',
                    reqId,
                    exchange: chain.exchange,
                    underlyingConId,
                    tradingClass: chain.tradingClass,
                    multiplier: String(chain.multiplier),
                    expirations: chain.expirations,
                    strikes: chain.strikes,
                });
            }
            session.send({ type: 'secDefOptParameterEnd', reqId });
        }),
        route('reqMarketRule', (session, { marketRuleId }) => {
            const increments = marketRule(marketRuleId);
            if (increments === undefined)
                session.sendError(-1, 321, `Error validating request.-'reqMarketRule' : cause - Unknown market rule ${marketRuleId}`);
            else
                session.send({ type: 'marketRule', marketRuleId, priceIncrements: increments });
        }),
    ];
}
