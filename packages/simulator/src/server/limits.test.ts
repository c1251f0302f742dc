import { describe, expect, it } from 'vitest';
import type { ClientMessage, WireContract, WireOrder } from '@ibkit/wire';
import type { SimulatorOptions as AllOptions } from '../simulator-options.js';
import { TABLE_TIME } from '../testing/request-table.js';
import type { WireClient } from '../testing/wire-client.js';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const SPY: WireContract = { ...AAPL, symbol: 'SPY' };
const CALL: WireContract = { ...AAPL, secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 230, right: 'C' };
const REST: WireOrder = { action: 'BUY', totalQuantity: 1, orderType: 'LMT', lmtPrice: 1, tif: 'GTC' };

const bars = (reqId: number, more: Partial<Extract<ClientMessage, { type: 'reqHistoricalData' }>> = {}): ClientMessage => ({
  type: 'reqHistoricalData', reqId, contract: AAPL, endDateTime: '', barSizeSetting: '5 secs', durationStr: '60 S', useRTH: false, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false, ...more,
}); // prettier-ignore
const pastTicks = (reqId: number, numberOfTicks = 5, contract = AAPL): ClientMessage => ({
  type: 'reqHistoricalTicks', reqId, contract, startDateTime: '', endDateTime: '20240102-15:00:00', numberOfTicks, whatToShow: 'TRADES', useRTH: false, ignoreSize: true,
}); // prettier-ignore
const head = (reqId: number, contract = AAPL): ClientMessage => ({ type: 'reqHeadTimestamp', reqId, contract, useRTH: true, whatToShow: 'TRADES', formatDate: 1 });
const realTime = (reqId: number, contract = AAPL): ClientMessage => ({ type: 'reqRealTimeBars', reqId, contract, barSize: 5, whatToShow: 'TRADES', useRTH: false });
const ticks = (reqId: number, contract = AAPL): ClientMessage => ({ type: 'reqTickByTickData', reqId, contract, tickType: 'BidAsk' });
const noTicks = (reqId: number): ClientMessage => ({ type: 'cancelTickByTickData', reqId });
const line = (reqId: number, contract = AAPL): ClientMessage => ({ type: 'reqMktData', reqId, contract });
const book = (reqId: number, contract = AAPL): ClientMessage => ({ type: 'reqMktDepth', reqId, contract, numRows: 5, isSmartDepth: true });
const scan = (reqId: number): ClientMessage => ({ type: 'reqScannerSubscription', reqId, subscription: { instrument: 'STK', locationCode: 'STK.US', scanCode: 'MOST_ACTIVE', numberOfRows: 50 } });
const summary = (reqId: number): ClientMessage => ({ type: 'reqAccountSummary', reqId, group: 'All', tags: 'NetLiquidation' });
const search = (reqId: number, pattern = 'AA'): ClientMessage => ({ type: 'reqMatchingSymbols', reqId, pattern });
const news = (reqId: number, totalResults: number): ClientMessage => ({ type: 'reqHistoricalNews', reqId, conId: 265598, providerCodes: 'SIMN', startDateTime: '', endDateTime: '', totalResults });
const order = (orderId: number): ClientMessage => ({ type: 'placeOrder', orderId, contract: AAPL, order: REST });

type SimulatorOptions = Omit<AllOptions, 'clock'>;

/** One limit: what the option makes too much, and how the last of the requests is told so. */
interface Limit {
  readonly name: string;
  readonly options: SimulatorOptions;
  /** All are fine but the last. */
  readonly requests: readonly ClientMessage[];
  /** The code under the id of the last request; undefined: it has no answer at all. */
  readonly code: number | undefined;
  /** With these the last one is fine, too. */
  readonly lifted: SimulatorOptions;
}

const strict = (limits: SimulatorOptions['limits'] = {}): SimulatorOptions => ({ pacing: 'strict', limits });

const LIMITS: readonly Limit[] = [
  { name: 'market data lines', options: { limits: { marketDataLines: 1 } }, requests: [line(1), line(2, SPY)], code: 101, lifted: { limits: { marketDataLines: 2 } } },
  { name: 'order books', options: { limits: { marketDepth: 1 } }, requests: [book(1), book(2, SPY)], code: 309, lifted: { limits: { marketDepth: 2 } } },
  { name: 'tick-by-tick streams', options: { limits: { tickByTick: 1 } }, requests: [ticks(1), ticks(2, SPY)], code: 10_190, lifted: { limits: { tickByTick: 2 } } },
  { name: 'tick-by-tick requests for one instrument', options: strict(), requests: [ticks(1), noTicks(1), ticks(2)], code: 10_190, lifted: strict({ tickByTickRepeatMs: 0 }) },
  { name: 'scans', options: { limits: { scanners: 1 } }, requests: [scan(1), scan(2)], code: 322, lifted: { limits: { scanners: 2 } } },
  { name: 'account summaries', options: {}, requests: [summary(1), summary(2), summary(3)], code: 322, lifted: { limits: { accountSummaries: 3 } } },
  { name: 'headlines', options: {}, requests: [news(1, 301)], code: 321, lifted: { limits: { newsHeadlines: 301 } } },
  { name: 'searches', options: strict(), requests: [search(1), search(2, 'SP')], code: undefined, lifted: strict({ matchingSymbolsMs: 0 }) },
  { name: 'orders of one contract and side', options: { orders: { maxOrdersPerSide: 1 } }, requests: [order(1), order(2)], code: 201, lifted: { orders: { maxOrdersPerSide: 2 } } },
  { name: 'open historical queries', options: { limits: { openHistory: 1 } }, requests: [bars(1, { keepUpToDate: true }), bars(2)], code: 322, lifted: { limits: { openHistory: 2 } } },
  { name: 'head timestamps that are not cancelled', options: { limits: { openHistory: 1 } }, requests: [head(1), head(2)], code: 322, lifted: { limits: { openHistory: 2 } } },
  { name: 'ticks of the past', options: {}, requests: [pastTicks(1, 1_001)], code: 321, lifted: { limits: { historicalTicks: 1_001 } } },
  { name: 'small bars', options: strict({ historyQueries: 1 }), requests: [bars(1), bars(2, { contract: SPY })], code: 162, lifted: strict() },
  { name: 'small bars of both sides, which count twice', options: strict({ historyQueries: 2 }), requests: [bars(1), bars(2, { contract: SPY, whatToShow: 'BID_ASK' })], code: 162, lifted: strict({ historyQueries: 3 }) },
  { name: 'past ticks, in the same count', options: strict({ historyQueries: 1 }), requests: [bars(1), pastTicks(2, 5, SPY)], code: 162, lifted: strict() },
  { name: 'head timestamps, in the same count', options: strict({ historyQueries: 1 }), requests: [bars(1), head(2, SPY)], code: 162, lifted: strict() },
  { name: 'real-time bars, in the same count', options: strict({ historyQueries: 1 }), requests: [bars(1), realTime(2, SPY)], code: 420, lifted: strict() },
  { name: 'the same small bars', options: strict(), requests: [bars(1), bars(2)], code: 162, lifted: strict({ sameQueryMs: 0 }) },
  {
    name: 'small bars of one contract',
    options: strict(),
    requests: [1, 2, 3, 4, 5, 6].map((count) => bars(count, { durationStr: `${count * 30} S` })),
    code: 162,
    lifted: strict({ sameContractQueries: 7 }),
  },
];

/** Limits that TWS states as rules of the historical service; they do not depend on the account. */
const RULES: readonly (readonly [name: string, request: ClientMessage, code: number])[] = [
  ['bars of a second for more than 2,000 seconds', bars(1, { barSizeSetting: '1 secs', durationStr: '2001 S' }), 162],
  ['bars of five seconds for a week', bars(1, { durationStr: '1 W' }), 162],
  ['more than a day in seconds', bars(1, { barSizeSetting: '1 min', durationStr: '86401 S' }), 321],
  ['more than a year in days', bars(1, { barSizeSetting: '1 day', durationStr: '366 D' }), 321],
  ['more than a year in weeks', bars(1, { barSizeSetting: '1 day', durationStr: '53 W' }), 321],
  ['more than a year in months', bars(1, { barSizeSetting: '1 day', durationStr: '13 M' }), 321],
  ['more than 68 years', bars(1, { barSizeSetting: '1 day', durationStr: '69 Y' }), 321],
  ['small bars of more than half a year ago', bars(1, { endDateTime: '20230101-15:00:00' }), 162],
  ['a bar size that there is not', bars(1, { barSizeSetting: '4 secs' }), 321],
  ['tick-by-tick data of an option', ticks(1, CALL), 10_189],
];

/** Notes that come with an answer: about books that begin anew, smart books, times without a zone. */
const WARNINGS: ReadonlySet<number> = new Set([317, 2_152, 2_174]);

function idOf(message: ClientMessage | undefined): number {
  if (message !== undefined && 'reqId' in message) return message.reqId;
  return message !== undefined && 'orderId' in message && typeof message.orderId === 'number' ? message.orderId : -1;
}

/** What the client is told about one of its requests. */
function heard(client: WireClient, id: number): { readonly codes: readonly number[]; readonly answers: number } {
  const about = client.messages.filter((message) => message.type !== 'nextValidId' && (('reqId' in message && message.reqId === id) || ('orderId' in message && message.orderId === id) || (message.type === 'errMsg' && message.id === id)));
  const codes = about.flatMap((message) => (message.type === 'errMsg' && !WARNINGS.has(message.code) ? [message.code] : []));
  return { codes, answers: about.filter(({ type }) => type !== 'errMsg').length };
}

async function send(options: SimulatorOptions, requests: readonly ClientMessage[], look: (client: WireClient) => void): Promise<void> {
  await withSimulator({ startAtMs: TABLE_TIME, ...options }, async ({ clock, connect }) => {
    const client = await connect();
    for (const request of requests) client.send(request);
    await client.barrier();
    // Bars come every five seconds.
    await clock.advance(5_000);
    await client.barrier();
    look(client);
  });
}

describe('the limits', () => {
  it.each(LIMITS)('of $name', async ({ options, requests, code, lifted }) => {
    const last = idOf(requests.at(-1));
    await send(options, requests, (client) => {
      expect(heard(client, last).codes).toEqual(code === undefined ? [] : [code]);
      for (const request of requests.slice(0, -1)) expect(heard(client, idOf(request)).codes).toEqual([]);
    });
    await send({ ...options, ...lifted }, requests, (client) => {
      expect(heard(client, last).codes).toEqual([]);
      expect(heard(client, last).answers).toBeGreaterThan(0);
    });
  });

  it.each(RULES)('of the historical and tick services: %s', (_name, request, code) =>
    send({}, [request], (client) => {
      expect(heard(client, 1)).toEqual({ codes: [code], answers: 0 });
    }),
  );

  it('let pass what has waited long enough', () =>
    withSimulator({ ...strict(), startAtMs: TABLE_TIME }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      for (const request of [ticks(1), noTicks(1), search(2), bars(3)]) client.send(request);
      await client.barrier();
      await clock.advance(14_999);
      for (const request of [ticks(4), bars(5), search(6)]) client.send(request);
      await client.error(10_190, 4);
      await client.error(162, 5);
      await client.first('symbolSamples', ({ reqId }) => reqId === 6);
      await clock.advance(1);
      for (const request of [ticks(7), bars(8)]) client.send(request);
      await client.first('tickByTick', ({ reqId }) => reqId === 7);
      await client.first('historicalData', ({ reqId }) => reqId === 8);
      expect(simulator.control.journal({ type: 'rejectedByPacing' })).toEqual([]);
    }));

  it('count a search per client, and tell the journal of one that has no answer', () =>
    withSimulator(strict(), async ({ simulator, connect }) => {
      const [first, second] = [await connect({ clientId: 1 }), await connect({ clientId: 2 })];
      first.send(search(1));
      first.send(search(2));
      second.send(search(3));
      await second.first('symbolSamples', ({ reqId }) => reqId === 3);
      await first.barrier();
      expect(first.all('symbolSamples').map(({ reqId }) => reqId)).toEqual([1]);
      expect(simulator.control.journal({ type: 'rejectedByPacing' })).toMatchObject([{ clientId: 1, message: { reqId: 2 } }]);
    }));

  it('leave bars of a minute and more alone', () =>
    withSimulator({ ...strict({ historyQueries: 1 }), startAtMs: TABLE_TIME, messagesPerSecond: 200 }, async ({ connect }) => {
      const client = await connect();
      for (let reqId = 1; reqId <= 70; reqId += 1) client.send(bars(reqId, { barSizeSetting: '1 min', durationStr: '600 S' }));
      await client.barrier();
      expect(client.all('historicalData')).toHaveLength(70);
    }));

  it('of messages per second and of clients', () =>
    withSimulator({ pacing: 'strict', messagesPerSecond: 5, maxClients: 2 }, async ({ simulator, connect }) => {
      const client = await connect({ clientId: 1 });
      const second = await connect({ clientId: 2 });
      await expect(connect({ clientId: 3 })).rejects.toThrow('closed');
      for (let count = 1; count <= 8; count += 1) client.send({ type: 'reqCurrentTime' });
      expect(await client.closed).toBe(false);
      expect(client.all('currentTime')).toHaveLength(5);
      expect(client.all('errMsg').filter(({ code }) => code === 100)).toHaveLength(3);
      await second.barrier();
      expect(simulator.control.journal({ kind: 'client', type: 'refused' })).toHaveLength(1);
    }));

  it('of the rows of a scan', async () => {
    const rows = async (scannerRows: number): Promise<number> => {
      let length = 0;
      await send({ limits: { scannerRows } }, [scan(1)], (client) => {
        length = client.all('scannerData')[0]?.rows.length ?? 0;
      });
      return length;
    };
    expect([await rows(3), await rows(4)]).toEqual([3, 4]);
  });
});
