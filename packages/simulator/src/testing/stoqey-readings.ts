import { EventName } from '@stoqey/ib';
import type { ServerMessage, WireBar, WireContract } from '@ibkit/wire';

/** An event that the client has to emit: its name, and the beginning of its arguments; of objects the fields that are compared. */
export type Reading = readonly [event: EventName, ...args: readonly unknown[]];

/** TWS API: in tickPrice the size belongs to another field than the price. The library does not tell the one of the bid: its field is number 0, which it takes for none. */
const SIZE_OF: ReadonlyMap<number, number> = new Map([[2, 3], [4, 5], [66, 69], [67, 70], [68, 71]]); // prettier-ignore

/** The fields of a contract that are compared; empty ones are not, since the library leaves them out in some messages. */
function contract({ conId, symbol, secType, currency }: Partial<WireContract>): object {
  return { conId, symbol, secType, currency };
}

function bar({ date, open, high, low, close, volume, wap, count }: WireBar): readonly unknown[] {
  return [date, open, high, low, close, volume, count, wap];
}

/** What a message of the server has to become at an unmodified IBApi. Messages that answer nothing but an end, or nothing that it reads, have their own lines, too: none is left out. */
export function readingsOf(message: ServerMessage): readonly Reading[] {
  switch (message.type) {
    case 'tickPrice': {
      const sizeField = SIZE_OF.get(message.tickType);
      const price: Reading = [EventName.tickPrice, message.reqId, message.tickType, message.price, (message.attrMask & 1) !== 0];
      return sizeField === undefined ? [price] : [price, [EventName.tickSize, message.reqId, sizeField, message.size]];
    }
    case 'tickSize':
      return [[EventName.tickSize, message.reqId, message.tickType, message.size]];
    case 'tickString':
      return [[EventName.tickString, message.reqId, message.tickType, message.value]];
    case 'tickGeneric':
      return [[EventName.tickGeneric, message.reqId, message.tickType, message.value]];
    case 'tickReqParams':
      // The library reads the minimum tick as a whole number: 0.01 is 0.
      return [[EventName.tickReqParams, message.reqId, Math.trunc(message.minTick ?? 0), message.bboExchange, message.snapshotPermissions]];
    case 'tickSnapshotEnd':
      return [[EventName.tickSnapshotEnd, message.reqId]];
    case 'marketDataType':
      return [[EventName.marketDataType, message.reqId, message.marketDataType]];
    case 'tickOptionComputation': {
      const { reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice } = message;
      return [[EventName.tickOptionComputation, reqId, tickType, tickAttrib, impliedVol, delta, optPrice, pvDividend, gamma, vega, theta, undPrice]];
    }
    case 'tickByTick':
      // The library leaves the time a text.
      if (message.kind === 'BidAsk') return [[EventName.tickByTickBidAsk, message.reqId, String(message.time), message.bidPrice, message.askPrice, message.bidSize, message.askSize]];
      if (message.kind === 'MidPoint') return [[EventName.tickByTickMidPoint, message.reqId, String(message.time), message.midPoint]];
      return [[EventName.tickByTickAllLast, message.reqId, message.kind === 'Last' ? 1 : 2, String(message.time), message.price, message.size]];
    case 'tickNews':
      return [[EventName.tickNews, message.reqId, message.timeStamp, message.providerCode, message.articleId, message.headline, message.extraData]];
    case 'marketDepth':
      return [[EventName.updateMktDepth, message.reqId, message.position, message.operation, message.side, message.price, message.size]];
    case 'marketDepthL2':
      return [[EventName.updateMktDepthL2, message.reqId, message.position, message.marketMaker, message.operation, message.side, message.price, message.size, message.isSmartDepth]];
    case 'mktDepthExchanges':
      return [[EventName.mktDepthExchanges, message.exchanges.map(({ exchange, secType }) => ({ exchange, secType }))]];
    case 'smartComponents':
      return [[EventName.smartComponents, message.reqId, new Map(message.components.map(({ bitNumber, exchange, exchangeLetter }) => [bitNumber, [exchange, exchangeLetter]]))]];
    case 'realTimeBar':
      return [[EventName.realtimeBar, message.reqId, message.time, message.open, message.high, message.low, message.close, message.volume, message.wap, message.count]];
    case 'historicalData':
      return [
        ...message.bars.map((one): Reading => [EventName.historicalData, message.reqId, ...bar(one)]),
        [EventName.historicalData, message.reqId, `finished-${message.start}-${message.end}`],
      ];
    case 'historicalDataUpdate': {
      const { date, open, high, low, close, volume, wap, count } = message.bar;
      return [[EventName.historicalDataUpdate, message.reqId, date, open, high, low, close, volume, count, wap]];
    }
    case 'headTimestamp':
      return [[EventName.headTimestamp, message.reqId, message.headTimestamp]];
    case 'histogramData':
      return [[EventName.histogramData, message.reqId, message.items.map(({ price, size }) => ({ price, size }))]];
    case 'historicalTicks':
      return [[EventName.historicalTicks, message.reqId, message.ticks.map(({ time, price }) => ({ time, price })), message.done]];
    case 'historicalTicksBidAsk':
      return [[EventName.historicalTicksBidAsk, message.reqId, message.ticks.map(({ time, bidPrice, askPrice, bidSize, askSize }) => ({ time, priceBid: bidPrice, priceAsk: askPrice, sizeBid: bidSize, sizeAsk: askSize })), message.done]];
    case 'historicalTicksLast':
      return [[EventName.historicalTicksLast, message.reqId, message.ticks.map(({ time, price, size, exchange }) => ({ time, price, size, exchange })), message.done]];
    case 'contractDetails': {
      const { contract: of, minTick, longName, marketName, validExchanges, timeZoneId } = message.details;
      return [[EventName.contractDetails, message.reqId, { contract: contract(of), minTick, longName, marketName, validExchanges, timeZoneId }]];
    }
    case 'contractDetailsEnd':
      return [[EventName.contractDetailsEnd, message.reqId]];
    case 'bondContractDetails': {
      // The library tells a bond as the details of a contract do, under another name.
      const { contract: of, minTick, longName, marketName } = message.details;
      return [[EventName.bondContractDetails, message.reqId, { contract: { conId: of.conId, symbol: of.symbol, secType: of.secType }, minTick, longName, marketName }]];
    }
    case 'historicalSchedule':
      return [[EventName.historicalSchedule, message.reqId, message.startDateTime, message.endDateTime, message.timeZone, message.sessions]];
    case 'rerouteMktDataReq':
      return [[EventName.rerouteMktDataReq, message.reqId, message.conId, message.exchange]];
    case 'rerouteMktDepthReq':
      return [[EventName.rerouteMktDepthReq, message.reqId, message.conId, message.exchange]];
    case 'receiveFA':
      return [[EventName.receiveFA, message.faDataType, message.xml]];
    case 'replaceFAEnd':
      return [[EventName.replaceFAEnd, message.reqId, message.text]];
    case 'symbolSamples':
      return [[EventName.symbolSamples, message.reqId, message.contracts.map((one) => ({ contract: contract(one.contract), derivativeSecTypes: one.derivativeSecTypes }))]];
    case 'secDefOptParameter': {
      const { reqId, exchange, underlyingConId, tradingClass, multiplier, expirations, strikes } = message;
      return [[EventName.securityDefinitionOptionParameter, reqId, exchange, underlyingConId, tradingClass, Number(multiplier), expirations, strikes]];
    }
    case 'secDefOptParameterEnd':
      return [[EventName.securityDefinitionOptionParameterEnd, message.reqId]];
    case 'marketRule':
      return [[EventName.marketRule, message.marketRuleId, message.priceIncrements]];
    case 'newsProviders':
      return [[EventName.newsProviders, message.providers.map(({ code, name }) => ({ providerCode: code, providerName: name }))]];
    case 'historicalNews':
      return [[EventName.historicalNews, message.reqId, message.time, message.providerCode, message.articleId, message.headline]];
    case 'historicalNewsEnd':
      return [[EventName.historicalNewsEnd, message.reqId, message.hasMore]];
    case 'newsArticle':
      return [[EventName.newsArticle, message.reqId, message.articleType, message.articleText]];
    case 'newsBulletins':
      return [[EventName.updateNewsBulletin, message.msgId, message.msgType, message.message, message.originExch]];
    case 'scannerParameters':
      return [[EventName.scannerParameters, message.xml]];
    case 'scannerData':
      return [
        ...message.rows.map((row): Reading => [EventName.scannerData, message.reqId, row.rank, { contract: contract(row.contract) }]),
        [EventName.scannerDataEnd, message.reqId],
      ];
    case 'openOrder': {
      const { action, totalQuantity, orderType, lmtPrice, tif, account, clientId, orderRef } = message.order;
      const order = { action, totalQuantity, orderType, lmtPrice, tif, account, clientId, orderRef: orderRef ?? '', permId: Number(message.order.permId) };
      return [[EventName.openOrder, message.orderId, contract(message.contract), order, { status: message.orderState.status }]];
    }
    case 'openOrderEnd':
      return [[EventName.openOrderEnd]];
    case 'orderStatus': {
      const { orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice } = message;
      return [[EventName.orderStatus, orderId, status, filled, remaining, avgFillPrice, Number(permId), parentId, lastFillPrice, clientId, whyHeld, mktCapPrice]];
    }
    case 'execDetails': {
      const { execId, time, acctNumber, exchange, side, shares, price, permId, clientId, cumQty, avgPrice, lastLiquidity } = message.execution;
      const execution = { orderId: message.orderId, execId, time, acctNumber, exchange, side, shares, price, permId: Number(permId), clientId, cumQty, avgPrice, lastLiquidity };
      return [[EventName.execDetails, message.reqId, contract(message.contract), execution]];
    }
    case 'execDetailsEnd':
      return [[EventName.execDetailsEnd, message.reqId]];
    case 'commissionReport': {
      const { execId, commission, currency, realizedPNL } = message;
      return [[EventName.commissionReport, { execId, commission, currency, realizedPNL }]];
    }
    case 'completedOrder': {
      const { action, orderType, lmtPrice } = message.order;
      return [[EventName.completedOrder, contract(message.contract), { action, orderType, lmtPrice, permId: Number(message.order.permId) }, { status: message.orderState.status, completedTime: message.orderState.completedTime, completedStatus: message.orderState.completedStatus }]];
    }
    case 'completedOrderEnd':
      return [[EventName.completedOrdersEnd]];
    case 'accountSummary':
      return [[EventName.accountSummary, message.reqId, message.account, message.tag, message.value, message.currency]];
    case 'accountSummaryEnd':
      return [[EventName.accountSummaryEnd, message.reqId]];
    case 'accountValue':
      return [[EventName.updateAccountValue, message.key, message.value, message.currency, message.accountName]];
    case 'accountUpdateTime':
      return [[EventName.updateAccountTime, message.timeStamp]];
    case 'accountDownloadEnd':
      return [[EventName.accountDownloadEnd, message.accountName]];
    case 'portfolioValue': {
      const { position, marketPrice, marketValue, averageCost, unrealizedPNL, realizedPNL, accountName } = message;
      return [[EventName.updatePortfolio, contract(message.contract), position, marketPrice, marketValue, averageCost, unrealizedPNL, realizedPNL, accountName]];
    }
    case 'accountUpdateMulti':
      return [[EventName.accountUpdateMulti, message.reqId, message.account, message.modelCode, message.key, message.value, message.currency]];
    case 'accountUpdateMultiEnd':
      // The library leaves this id a text.
      return [[EventName.accountUpdateMultiEnd, String(message.reqId)]];
    case 'position':
      return [[EventName.position, message.account, contract(message.contract), message.position, message.avgCost]];
    case 'positionEnd':
      return [[EventName.positionEnd]];
    case 'positionMulti':
      return [[EventName.positionMulti, message.reqId, message.account, message.modelCode, contract(message.contract), message.position, message.avgCost]];
    case 'positionMultiEnd':
      return [[EventName.positionMultiEnd, message.reqId]];
    case 'pnl':
      return [[EventName.pnl, message.reqId, message.dailyPnL, message.unrealizedPnL, message.realizedPnL]];
    case 'pnlSingle':
      return [[EventName.pnlSingle, message.reqId, message.position, message.dailyPnL, message.unrealizedPnL, message.realizedPnL, message.value]];
    case 'currentTime':
      return [[EventName.currentTime, message.time]];
    case 'managedAccounts':
      return [[EventName.managedAccounts, message.accountsList]];
    case 'nextValidId':
      return [[EventName.nextValidId, message.orderId]];
    case 'familyCodes':
      return [[EventName.familyCodes, message.familyCodes]];
    case 'softDollarTiers':
      return [[EventName.softDollarTiers, message.reqId, message.tiers]];
    case 'userInfo':
      return [[EventName.userInfo, message.reqId, message.whiteBrandingId]];
    case 'displayGroupList':
      return [[EventName.displayGroupList, message.reqId, message.groups]];
    case 'displayGroupUpdated':
      return [[EventName.displayGroupUpdated, message.reqId, message.contractInfo]];
    case 'errMsg':
      // What concerns no request comes as a note, without the word error.
      return message.id === -1 ? [[EventName.info, message.msg, message.code]] : [[EventName.error, { message: message.msg }, message.code, message.id]];
    default:
      throw new Error(`nobody says what ${message.type} must become`);
  }
}
