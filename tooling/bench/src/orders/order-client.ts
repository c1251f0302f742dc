import process from 'node:process';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading, memoryJournal } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { sqliteJournal } from '@ibkit/journal';
import { EventName, IBApi, OrderAction, OrderType, SecType } from '@stoqey/ib';

/** Who places orders: plain `IBApi`, and `Trading` with a journal that keeps nothing, one in memory, and one on the disk. */
export const ORDER_CLIENTS = ['IBApi', 'no journal', 'memory journal', 'SQLite journal'] as const;
export type OrderClientName = (typeof ORDER_CLIENTS)[number];

/** A client that is ready for orders. */
export interface OrderClient {
  place(): void;
  lookUp(index: number): void;
  /** How long the journal took over each order, milliseconds. */
  readonly commitsMs: number[];
  /** Calls that were refused. */
  readonly refused: () => number;
  close(): Promise<void>;
}

const RATE = 45;
const SHARE = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function openPlain(port: number): Promise<OrderClient> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 1, maxReqPerSec: RATE });
  const contract = { ...SHARE, secType: SecType.STK };
  let orderId = 0;
  const ready = new Promise<void>((resolve) => {
    api.once(EventName.nextValidId, (id: number) => {
      orderId = id;
      resolve();
    });
  });
  api.on(EventName.error, () => undefined);
  api.connect();
  await ready;
  return {
    place: () => {
      api.placeOrder(orderId, contract, { action: OrderAction.BUY, orderType: OrderType.LMT, totalQuantity: 1, lmtPrice: 1, transmit: true });
      orderId += 1;
    },
    lookUp: (index) => {
      api.reqContractDetails(1_000_000 + index, contract);
    },
    commitsMs: [],
    refused: () => 0,
    close: () => {
      api.disconnect();
      return Promise.resolve();
    },
  };
}

/** Keeps nothing and takes no time: what is left is what trading itself costs. */
function noJournal(): Journal {
  let seq = 0;
  return {
    head: () => Promise.resolve({ seq: 0, term: 0 }),
    append: (records) => {
      seq += records.length;
      return Promise.resolve({ status: 'ok', seq });
    },
    read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) }),
  };
}

async function journalOf(name: OrderClientName, directory: string): Promise<{ readonly journal: Journal; readonly close: () => Promise<void> }> {
  if (name !== 'SQLite journal') return { journal: name === 'no journal' ? noJournal() : memoryJournal(), close: () => Promise.resolve() };
  const journal = await sqliteJournal({ directory });
  return { journal, close: () => journal.close() };
}

/** Notes how long the writes of orders take. */
function timed(journal: Journal, commitsMs: number[]): Journal {
  return {
    head: () => journal.head(),
    read: (fromSeq) => journal.read(fromSeq),
    async append(records, guard) {
      const startMs = nowMs();
      const result = await journal.append(records, guard);
      if (records.some(({ type }) => type === 'order.staged')) commitsMs.push(nowMs() - startMs);
      return result;
    },
  };
}

async function openTrading(name: OrderClientName, port: number, directory: string): Promise<OrderClient> {
  const { journal, close } = await journalOf(name, directory);
  const commitsMs: number[] = [];
  const connection = new ConnectionManager({ port, clientId: 1 });
  const trading = new Trading({ connection, journal: timed(journal, commitsMs) });
  let refused = 0;
  await connection.connect();
  await trading.ready();
  return {
    place: () => {
      trading.place({ contract: SHARE, action: 'BUY', quantity: 1, orderType: 'LMT', limitPrice: 1 }).catch(() => {
        refused += 1;
      });
    },
    lookUp: (index) => {
      // Refused when the queue is full, and over when the connection is closed.
      connection.session?.send({ type: 'reqContractDetails', reqId: 1_000_000 + index, contract: SHARE }).catch(() => undefined);
    },
    commitsMs,
    refused: () => refused,
    close: async () => {
      await trading.close();
      await connection.close();
      await close();
    },
  };
}

/** Opens a client that may place orders. */
export function openOrderClient(name: OrderClientName, port: number, directory: string): Promise<OrderClient> {
  return name === 'IBApi' ? openPlain(port) : openTrading(name, port, directory);
}
