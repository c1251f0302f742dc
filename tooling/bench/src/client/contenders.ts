import { ConnectionManager } from '@ibkit/core-connection';
import { EventName, IBApi, IBApiNext, ConnectionState, OrderAction, OrderType, SecType } from '@stoqey/ib';
import type { Contract } from '@stoqey/ib';

/** Who asks. */
export const CONTENDERS = ['ConnectionManager', 'IBApi', 'IBApiNext'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** A client that can ask for market data, look contracts up and place orders. */
export interface Contender {
  /** Asks for a stream of market data that it keeps, if it can. */
  stream(index: number): void;
  /** Asks for the details of a contract. */
  lookUp(index: number): void;
  placeOrder(orderId: number): void;
  close(): void | Promise<void>;
}

const RATE = 45;
const CONTRACT: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const PLAIN_CONTRACT = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const ORDER = { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 1, lmtPrice: 1, transmit: true };

async function openManager(port: number): Promise<Contender> {
  const connection = new ConnectionManager({ port, clientId: 1 });
  await connection.connect();
  return {
    stream: () => {
      connection.subscribe({
        name: 'quotes',
        build: (reqId) => ({ type: 'reqMktData', reqId, contract: PLAIN_CONTRACT }),
        cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
        receive: () => undefined,
      });
    },
    lookUp: (index) => {
      // Refused when the queue is full, and over when the connection is closed.
      connection.session?.send({ type: 'reqContractDetails', reqId: 1 + index, contract: PLAIN_CONTRACT }).catch(() => undefined);
    },
    placeOrder: (orderId) => {
      // As trading does: at once, in the lane of orders.
      connection.session?.trySend({ type: 'placeOrder', orderId, contract: PLAIN_CONTRACT, order: { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1 } }, 'order');
    },
    close: () => connection.close(),
  };
}

async function openPlain(port: number): Promise<Contender> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 1, maxReqPerSec: RATE });
  const ready = new Promise((resolve) => api.once(EventName.nextValidId, resolve));
  api.on(EventName.error, () => undefined);
  api.connect();
  await ready;
  return {
    stream: (index) => {
      api.reqMktData(1 + index, CONTRACT, '', false, false);
    },
    lookUp: (index) => {
      api.reqContractDetails(1 + index, CONTRACT);
    },
    placeOrder: (orderId) => {
      api.placeOrder(orderId, CONTRACT, ORDER);
    },
    close: () => {
      api.disconnect();
    },
  };
}

async function openNext(port: number): Promise<Contender> {
  const api = new IBApiNext({ host: '127.0.0.1', port, reconnectInterval: 1_000, connectionWatchdogInterval: 2, maxReqPerSec: RATE });
  const ready = new Promise<void>((resolve) => {
    api.connectionState.subscribe((state) => {
      if (state === ConnectionState.Connected) resolve();
    });
  });
  api.connect(1);
  await ready;
  return {
    stream: (index) => {
      api.getMarketData({ ...CONTRACT, conId: 1 + index }, '', false, false).subscribe({ error: () => undefined });
    },
    lookUp: () => {
      api.getContractDetails(CONTRACT).catch(() => undefined);
    },
    placeOrder: (orderId) => {
      api.placeOrder(orderId, CONTRACT, ORDER);
    },
    close: () => {
      api.disconnect();
    },
  };
}

const OPENERS: Readonly<Record<ContenderName, (port: number) => Promise<Contender>>> = { ConnectionManager: openManager, IBApi: openPlain, IBApiNext: openNext };

/** Opens a connection that is ready. */
export function openContender(name: ContenderName, port: number): Promise<Contender> {
  return OPENERS[name](port);
}
