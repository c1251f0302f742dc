import type { ClientMessageOf, ServerMessageOf } from '@ibkit/wire';
import type { BondTerms, ContractQuery, Instrument, InstrumentUniverse } from '../market/instrument.js';
import { tradingHours } from '../market/trading-hours.js';
import { frontMonths, isContinuous, wantsBoth } from './continuous-future.js';
import { NO_SECURITY } from './find-instrument.js';
import { contractOf } from './instrument-contract.js';
import { marketRule, marketRuleIdFor } from './market-rules.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

type Details = ServerMessageOf<'contractDetails'>['details'];

/** What the engine accepts, in the codes of TWS: no more is promised. Indexes are not traded. */
const ORDER_TYPES = 'AON,COND,DAY,FOK,GAT,GTC,GTD,IOC,LIT,LMT,LOC,MIDPX,MIT,MKT,MOC,MTL,OCA,OPG,PEGMID,PEGMKT,REL,STP,STPLMT,TRAIL,TRAILLMT,WHATIF';

function detailsOf(instrument: Instrument, universe: InstrumentUniverse, atMs: number): Details {
  const { expiry, settledAtOpenOf = expiry, underConId, validExchanges, minTick } = instrument;
  const underlying = underConId === undefined ? undefined : universe.byConId(underConId);
  const hours = tradingHours(instrument, atMs);
  const rule = marketRuleIdFor(minTick);
  return {
    contract: contractOf(instrument),
    marketName: instrument.marketName,
    minTick,
    orderTypes: instrument.secType === 'IND' ? '' : ORDER_TYPES,
    validExchanges: validExchanges.join(','),
    priceMagnifier: 1,
    underConId,
    longName: instrument.longName,
    contractMonth: instrument.contractMonth ?? settledAtOpenOf?.slice(0, 6),
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
    realExpirationDate: settledAtOpenOf,
    stockType: instrument.stockType,
    minSize: instrument.sizeIncrement ?? 1,
    sizeIncrement: instrument.sizeIncrement ?? 1,
    suggestedSizeIncrement: instrument.secType === 'STK' ? 100 : (instrument.sizeIncrement ?? 1),
  };
}

type BondDetails = ServerMessageOf<'bondContractDetails'>['details'];

/** `20341115` as bonds print it. TWS API: with dashes. */
function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`;
}

function bondDetailsOf(instrument: Instrument, bond: BondTerms, atMs: number): BondDetails {
  const { marketName, minTick, validExchanges, longName, sizeIncrement = 1 } = instrument;
  const hours = tradingHours(instrument, atMs);
  return {
    contract: contractOf(instrument),
    cusip: bond.cusip,
    coupon: bond.coupon,
    maturity: dashed(bond.maturity),
    issueDate: dashed(bond.issueDate),
    ratings: bond.ratings,
    bondType: bond.bondType,
    couponType: 'FIXED',
    convertible: false,
    callable: false,
    putable: false,
    descAppend: longName,
    marketName,
    minTick,
    orderTypes: ORDER_TYPES,
    validExchanges: validExchanges.join(','),
    nextOptionDate: '',
    nextOptionType: '',
    nextOptionPartial: false,
    notes: '',
    longName,
    timeZoneId: hours.timeZoneId,
    tradingHours: hours.tradingHours,
    liquidHours: hours.liquidHours,
    evRule: '',
    evMultiplier: 0,
    secIdList: [{ tag: 'CUSIP', value: bond.cusip }],
    aggGroup: 1,
    marketRuleIds: validExchanges.map(() => String(marketRuleIdFor(minTick))).join(','),
    minSize: sizeIncrement,
    sizeIncrement,
    suggestedSizeIncrement: sizeIncrement,
  };
}

/** The query of a contract details request: some clients name a bond by the id of its paper instead of its symbol. */
function queryOf({ contract, secIdType, secId }: ClientMessageOf<'reqContractDetails'>): ContractQuery {
  return secIdType === 'CUSIP' && (secId ?? '') !== '' ? { ...contract, symbol: secId, secType: 'BOND' } : contract;
}

/** Security definitions: details, search, option chains, price grids. */
export function contractRoutes({ market, paces }: RouteContext): readonly Route[] {
  const { universe, clock } = market;
  return [
    route('reqContractDetails', (session, request) => {
      const { reqId, contract } = request;
      if (contract.secType?.toUpperCase() === 'BAG') {
        session.sendError(reqId, 321, "Error validating request.-'reqContractDetails' : cause - 'BAG' isn't supported for contract data request. Please enter a valid security type");
        return;
      }
      const isFutures = isContinuous(contract) || wantsBoth(contract);
      const fronts = isFutures ? frontMonths(universe, contract, clock.now()) : [];
      const found = isContinuous(contract) ? [] : universe.find(wantsBoth(contract) ? { ...contract, secType: 'FUT' } : queryOf(request));
      if (found.length + fronts.length === 0) {
        // TWS API: an error, and no end message.
        session.sendError(reqId, 200, NO_SECURITY);
        return;
      }
      for (const instrument of found) {
        const { bond } = instrument;
        if (bond === undefined) session.send({ type: 'contractDetails', reqId, details: detailsOf(instrument, universe, clock.now()) });
        else session.send({ type: 'bondContractDetails', reqId, details: bondDetailsOf(instrument, bond, clock.now()) });
      }
      for (const front of fronts) {
        const details = detailsOf(front, universe, clock.now());
        session.send({ type: 'contractDetails', reqId, details: { ...details, contract: { ...details.contract, secType: 'CONTFUT' } } });
      }
      session.send({ type: 'contractDetailsEnd', reqId });
    }),
    route('reqMatchingSymbols', (session, request) => {
      const { reqId, pattern } = request;
      // TWS API: a search that comes too soon has no answer.
      if (paces?.matchingSymbols.pass(String(session.clientId)) === false) {
        session.noteUnanswered(request);
        return;
      }
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
    route('reqSecDefOptParams', (session, { reqId, underlyingSymbol, futFopExchange, underlyingSecType, underlyingConId }) => {
      const underlying = universe.byConId(underlyingConId);
      if (underlying?.symbol !== underlyingSymbol || (underlyingSecType !== '' && underlyingSecType !== underlying.secType)) {
        session.sendError(reqId, 321, `Error validating request.-'reqSecDefOptParams' : cause - Invalid contract id ${underlyingConId} for ${underlyingSymbol}`);
        return;
      }
      // TWS API: an exchange is named for options on futures only, and may be left out.
      const chains = universe.optionChains(underlyingConId).filter(({ exchange }) => futFopExchange === '' || futFopExchange === exchange);
      for (const chain of chains) {
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
      if (increments === undefined) session.sendError(-1, 321, `Error validating request.-'reqMarketRule' : cause - Unknown market rule ${marketRuleId}`);
      else session.send({ type: 'marketRule', marketRuleId, priceIncrements: increments });
    }),
  ];
}
