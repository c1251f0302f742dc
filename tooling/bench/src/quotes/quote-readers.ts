import { connect } from 'node:net';
import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData, wireContract } from '@ibkit/market-data';
import type { Quote, ResolvedContract } from '@ibkit/market-data';
import { FrameSplitter, createTextCodec, encodeClientHello } from '@ibkit/wire';
import { ConnectionState, EventName, IBApi, IBApiNext, IBApiTickType, SecType } from '@stoqey/ib';
import { SYMBOLS } from './quote-bytes.js';

/** Who follows the quotes. */
export const READERS = ['MarketData', 'IBApiNext', 'frames'] as const;
export type ReaderName = (typeof READERS)[number];

/** A consumer of the quotes of all symbols. */
export interface QuoteReader {
  /** Quotes, or updates of them, that reached the consumer. */
  readonly delivered: number;
  /** The sum of bid, ask and last over all symbols, as the consumer knows them; a reader without prices has none. */
  readonly sum: number | undefined;
  /** Resolves when the server says that this was all. */
  marker(): Promise<void>;
  close(): Promise<void>;
}

class Markers {
  #waiting: (() => void)[] = [];
  #seen = 0;

  readonly hit = (): void => {
    const next = this.#waiting.shift();
    if (next === undefined) this.#seen += 1;
    else next();
  };

  next(): Promise<void> {
    if (this.#seen > 0) {
      this.#seen -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function cents(values: Iterable<number | undefined>): number {
  let sum = 0;
  for (const value of values) sum += Math.round((value ?? 0) * 100);
  return Math.round(sum) / 100;
}

function contractOf(index: number): ResolvedContract {
  const symbol = `SYM${index}`;
  return {
    conId: 1 + index, symbol, secType: 'STK', exchange: 'SMART', currency: 'USD', localSymbol: symbol, minTick: 0.01, longName: symbol,
    validExchanges: ['SMART'], marketRuleIds: [26],
  };
}

async function openMarketData(port: number): Promise<QuoteReader> {
  const connection = new ConnectionManager({ port, clientId: 1 });
  await connection.connect();
  const marketData = new MarketData({ connection });
  const markers = new Markers();
  connection.onMessage((message) => {
    if (message.type === 'positionEnd') markers.hit();
  });
  const latest = new Map<number, Quote>();
  let delivered = 0;
  for (let index = 0; index < SYMBOLS; index += 1) {
    marketData.subscribeTicker(contractOf(index)).on('quote', (quote) => {
      delivered += 1;
      latest.set(quote.conId, quote);
    });
  }
  return {
    get delivered() {
      return delivered;
    },
    get sum() {
      return cents([...latest.values()].flatMap(({ bid, ask, last }) => [bid, ask, last]));
    },
    marker: () => markers.next(),
    close: async () => {
      await marketData.close();
      await connection.close();
    },
  };
}

async function openNext(port: number): Promise<QuoteReader> {
  const next = new IBApiNext({ host: '127.0.0.1', port, maxReqPerSec: 50 });
  const ready = new Promise<void>((resolve) => {
    next.connectionState.subscribe((state) => {
      if (state === ConnectionState.Connected) resolve();
    });
  });
  next.connect(1);
  await ready;
  const api: unknown = Reflect.get(next, 'api');
  if (!(api instanceof IBApi)) throw new Error('IBApiNext keeps its IBApi elsewhere now');
  const markers = new Markers();
  api.on(EventName.positionEnd, markers.hit);
  const latest = new Map<number, readonly (number | undefined)[]>();
  let delivered = 0;
  for (let index = 0; index < SYMBOLS; index += 1) {
    const contract = { conId: 1 + index, symbol: `SYM${index}`, secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
    next.getMarketData(contract, '', false, false).subscribe({
      next: ({ all }) => {
        delivered += 1;
        latest.set(index, [all.get(IBApiTickType.BID)?.value, all.get(IBApiTickType.ASK)?.value, all.get(IBApiTickType.LAST)?.value]);
      },
      error: () => undefined,
    });
  }
  return {
    get delivered() {
      return delivered;
    },
    get sum() {
      return cents([...latest.values()].flat());
    },
    marker: () => markers.next(),
    close: () => {
      next.disconnect();
      return Promise.resolve();
    },
  };
}

/** The bound: a socket and a splitter of frames; it knows no price. */
async function openFrames(port: number): Promise<QuoteReader> {
  const codec = createTextCodec({ serverVersion: 193 });
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const markers = new Markers();
  let frames = 0;
  await new Promise<void>((resolve) => {
    const splitter = new FrameSplitter({
      onSpan: (bytes, start, end) => {
        // The version, the accounts, the next valid id; positionEnd is "62", NUL, "1", NUL.
        frames += 1;
        if (frames === 1) socket.write(codec.encodeClient({ type: 'startApi', clientId: 1 }));
        else if (frames === 3) resolve();
        else if (end - start === 5 && bytes[start] === 54 && bytes[start + 1] === 50) markers.hit();
      },
    });
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
    });
    socket.write(encodeClientHello({ minVersion: 157, maxVersion: 193 }));
  });
  for (let index = 0; index < SYMBOLS; index += 1) socket.write(codec.encodeClient({ type: 'reqMktData', reqId: 1 + index, contract: wireContract(contractOf(index)) }));
  return {
    get delivered() {
      return frames;
    },
    sum: undefined,
    marker: () => markers.next(),
    close: () => {
      socket.destroy();
      return Promise.resolve();
    },
  };
}

const OPENERS: Readonly<Record<ReaderName, (port: number) => Promise<QuoteReader>>> = { MarketData: openMarketData, IBApiNext: openNext, frames: openFrames };

/** Connects, and asks for the quotes of all symbols. */
export function openReader(name: ReaderName, port: number): Promise<QuoteReader> {
  return OPENERS[name](port);
}
