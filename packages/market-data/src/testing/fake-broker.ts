import type { ServerMessage, WireContractDetails } from '@ibkit/wire';
import type { Broker, FakeConnection } from './fake-connection.js';

/** What the fake broker says about a stock. */
export function stockDetails(conId: number, symbol: string, more: Partial<WireContractDetails['contract']> = {}): WireContractDetails {
  return {
    contract: {
      conId, symbol, secType: 'STK', exchange: 'SMART', primaryExch: 'NASDAQ', currency: 'USD', localSymbol: symbol, tradingClass: 'NMS', ...more,
    },
    minTick: 0.01,
    longName: `${symbol} INC`,
    validExchanges: 'SMART,NASDAQ,NYSE',
    marketRuleIds: '26,26,26',
  };
}

export const AAPL = stockDetails(265598, 'AAPL');
export const MSFT = stockDetails(272093, 'MSFT');

/** A broker that knows these contracts, by symbol, local symbol or id, and says nothing about prices. */
export function brokerKnowing(...known: readonly WireContractDetails[]): Broker {
  return (message, connection) => {
    if (message.type === 'reqMatchingSymbols') {
      connection.deliver({ type: 'symbolSamples', reqId: message.reqId, contracts: [] });
      return;
    }
    if (message.type !== 'reqContractDetails') return;
    const { reqId, contract } = message;
    const rows = known.filter(
      (row) =>
        (contract.conId === undefined || contract.conId === row.contract.conId) &&
        (contract.symbol === undefined || contract.symbol === row.contract.symbol) &&
        (contract.localSymbol === undefined || contract.localSymbol === row.contract.localSymbol) &&
        (contract.primaryExch === undefined || contract.primaryExch === row.contract.primaryExch),
    );
    if (rows.length === 0) {
      connection.deliver({ type: 'errMsg', id: reqId, code: 200, msg: 'No security definition has been found for the request' });
      return;
    }
    for (const details of rows) connection.deliver({ type: 'contractDetails', reqId, details });
    connection.deliver({ type: 'contractDetailsEnd', reqId });
  };
}

/** Sends price ticks for the latest market data line. */
export function tickPrices(connection: FakeConnection, prices: Readonly<Record<number, readonly [price: number, size?: number]>>, reqId = connection.latestId('reqMktData')): void {
  for (const [tickType, [price, size]] of Object.entries(prices)) connection.deliver(tickPrice(reqId, Number(tickType), price, size));
}

/** One price tick. */
export function tickPrice(reqId: number, tickType: number, price: number, size?: number): ServerMessage {
  return { type: 'tickPrice', reqId, tickType, price, size, attrMask: 0 };
}

/** A notice about a request. */
export function notice(id: number, code: number, msg = ''): ServerMessage {
  return { type: 'errMsg', id, code, msg };
}
