import { createTestClock } from '@ibkit/clock/testing';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { MarketData } from '../market-data.js';
import { brokerKnowing, notice } from '../testing/fake-broker.js';
import { FakeConnection } from '../testing/fake-connection.js';
import type { ScanResult } from './scan-subscription.js';
import { ScannerParameters } from './scanner-parameters.js';

const NOW_MS = Date.UTC(2026, 4, 20, 15);

interface Parts {
  readonly connection: FakeConnection;
  readonly marketData: MarketData;
}

async function withScanner(run: (parts: Parts) => Promise<void>): Promise<void> {
  const connection = new FakeConnection({ clock: createTestClock({ nowMs: NOW_MS }), broker: brokerKnowing() });
  const marketData = new MarketData({ connection });
  await run({ connection, marketData });
  await marketData.close();
  expect([connection.openCount, connection.listenerCount, connection.clock.pending]).toEqual([0, 0, 0]);
}

const settle = async (): Promise<void> => {
  for (let turns = 10; turns > 0; turns -= 1) await Promise.resolve();
};

function data(connection: FakeConnection, symbols: readonly string[], reqId = connection.latestId('reqScannerSubscription')): ServerMessage {
  return {
    type: 'scannerData',
    reqId,
    rows: symbols.map((symbol, rank) => ({
      rank, contract: { conId: 100 + rank, symbol, secType: 'STK', exchange: 'SMART', currency: 'USD', localSymbol: symbol, strike: 0 },
      marketName: 'NMS', distance: '', benchmark: '', projection: '1.5\u0007', legsStr: '',
    })).toReversed(),
  }; // prettier-ignore
}

const symbolsOf = (result: ScanResult | undefined): readonly string[] | undefined => result?.rows.map(({ contract }) => contract.symbol);

describe('scan', () => {
  it('asks with its filters, gives the rows by rank, and cancels', () =>
    withScanner(async ({ connection, marketData }) => {
      const rows = marketData.scanner.scan('TOP_PERC_GAIN', { filters: { priceAbove: 5, marketCapAbove1e6: '1000', hasOptionsIs: true }, rows: 20 });
      await settle();
      expect(connection.sent).toEqual([
        {
          type: 'reqScannerSubscription', reqId: expect.any(Number) as number,
          subscription: { scanCode: 'TOP_PERC_GAIN', instrument: 'STK', locationCode: 'STK.US.MAJOR', numberOfRows: 20 },
          filterOptions: [{ tag: 'priceAbove', value: '5' }, { tag: 'marketCapAbove1e6', value: '1000' }, { tag: 'hasOptionsIs', value: 'true' }],
        },
      ]); // prettier-ignore
      connection.deliver(data(connection, ['AAA', 'BBB']));
      await expect(rows).resolves.toEqual([
        { rank: 0, contract: expect.objectContaining({ conId: 100, symbol: 'AAA', secType: 'STK', exchange: 'SMART', strike: undefined }) as unknown, marketName: 'NMS', distance: undefined, benchmark: undefined, projection: '1.5', legs: undefined },
        expect.objectContaining({ rank: 1 }),
      ]);
      await settle();
      expect(connection.sentOf('cancelScannerSubscription')).toHaveLength(1);
    }));

  it.each([
    [165, 'Historical Market Data Service query message:no items retrieved'],
    [162, 'Historical Market Data Service error message:no items retrieved'],
  ])('is empty, not wrong, when nothing fits (%i)', (code, text) =>
    withScanner(async ({ connection, marketData }) => {
      const rows = marketData.scanner.scan('TOP_PERC_GAIN');
      await settle();
      connection.deliver(notice(connection.latestId('reqScannerSubscription'), 165, 'Historical Market Data Service query message:some note'));
      connection.deliver(notice(connection.latestId('reqScannerSubscription'), 492, 'low precision'));
      connection.deliver(notice(connection.latestId('reqScannerSubscription'), code, text));
      await expect(rows).resolves.toEqual([]);
    }));

  it.each([
    [162, 'Historical Market Data Service error message:Scanner type with code NOSUCH is disabled', 'HistoricalDataError'],
    [321, "Error validating request.-'reqScannerSubscription' : cause - Scan code is missing", 'RequestError'],
    [322, 'Only 10 simultaneous API scanner subscriptions are allowed', 'RateLimitError'],
    [385, 'Duplicate ticker ID for API scanner subscription', 'RequestError'],
  ])('fails with a typed error (%i %s)', (code, text, name) =>
    withScanner(async ({ connection, marketData }) => {
      const rows = marketData.scanner.scan('NOSUCH');
      await settle();
      connection.deliver(notice(connection.latestId('reqScannerSubscription'), code, text));
      await expect(rows).rejects.toMatchObject({ name, brokerCode: code });
    }));

  it('waits while ten scans run, at most its time; an eleventh that stays is refused', () =>
    withScanner(async ({ connection, marketData }) => {
      const running = Array.from({ length: 10 }, (_, index) => marketData.scanner.watch(`CODE_${index}`));
      expect(() => marketData.scanner.watch('CODE_10')).toThrow(expect.objectContaining({ code: 'IBKR_SCANNER_EXHAUSTED', name: 'RateLimitError' }) as Error);
      const late = expect(marketData.scanner.scan('LATE', { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'IBKR_SCANNER_TIMEOUT' });
      const patient = marketData.scanner.scan('PATIENT', { timeoutMs: 5000 });
      const stop = new AbortController();
      const aborted = expect(marketData.scanner.scan('ABORTED', { signal: stop.signal })).rejects.toThrow('enough');
      stop.abort(new Error('enough'));
      await connection.clock.advance(1000);
      await late;
      await aborted;
      expect(connection.sentOf('reqScannerSubscription')).toHaveLength(10);
      await running[3]?.close();
      await settle();
      connection.deliver(data(connection, ['AAA']));
      await expect(patient).resolves.toHaveLength(1);
      expect(marketData.scanner.watch('CODE_11').error).toBeUndefined();
    }));

  it.each([
    [{ rows: 51 }, 'rows must be a whole number from 1 to 50'],
    [{ instrument: '' }, 'instrument must be an instrument'],
    [{ location: 'a;b' }, 'location must be a location'],
    [{ filters: { 'price=Above': 1 } }, 'must be a filter code with a plain value'],
    [{ filters: { priceAbove: '1;x=2' } }, 'must be a filter code with a plain value'],
  ])('refuses %o', (options, message) =>
    withScanner(async ({ marketData }) => {
      await expect(marketData.scanner.scan('TOP_PERC_GAIN', options)).rejects.toThrow(message);
      expect(() => marketData.scanner.watch('TOP_PERC_GAIN', options)).toThrow(message);
    }));
});

describe('watch', () => {
  it('gives the latest list to a slow loop, and ends with it', () =>
    withScanner(async ({ connection, marketData }) => {
      const scan = marketData.scanner.watch('TOP_PERC_GAIN');
      const seen: unknown[] = [];
      connection.deliver(data(connection, ['AAA']));
      for await (const result of scan) {
        seen.push(symbolsOf(result));
        if (seen.length === 2) break;
        connection.deliver(data(connection, ['BBB']));
        connection.deliver(data(connection, ['CCC', 'AAA']));
      }
      expect(seen).toEqual([['AAA'], ['CCC', 'AAA']]);
      expect(connection.sentOf('cancelScannerSubscription')).toHaveLength(1);
    }));

  it('is stale from the loss of the session on, and goes on by itself', () =>
    withScanner(async ({ connection, marketData }) => {
      const scan = marketData.scanner.watch('TOP_PERC_GAIN');
      const gaps: unknown[] = [];
      scan.on('gap', ({ fromMs, toMs }) => gaps.push(toMs - fromMs));
      connection.deliver(data(connection, ['AAA']));
      connection.drop();
      expect(scan.current).toMatchObject({ stale: true, staleReason: 'the connection was lost', receivedAtMs: NOW_MS });
      expect(symbolsOf(scan.current)).toEqual(['AAA']);
      await connection.clock.advance(4000);
      connection.restore();
      connection.deliver(data(connection, ['BBB']));
      expect(scan.current).toMatchObject({ stale: false, gaps: 1 });
      expect(gaps).toEqual([4000]);
    }));

  it('is asked for again when the broker stops to send it, ever more rarely', () =>
    withScanner(async ({ connection, marketData }) => {
      const scan = marketData.scanner.watch('TOP_PERC_GAIN', { silenceMs: 60_000 });
      connection.deliver(data(connection, ['AAA']));
      await connection.clock.advance(60_000);
      expect(scan.current).toMatchObject({ stale: true, staleReason: 'the broker did not send the scan again' });
      expect(connection.sentOf('reqScannerSubscription')).toHaveLength(2);
      await connection.clock.advance(119_999);
      expect(connection.sentOf('reqScannerSubscription')).toHaveLength(2);
      await connection.clock.advance(1);
      expect(connection.sentOf('reqScannerSubscription')).toHaveLength(3);
      connection.deliver(data(connection, ['BBB']));
      expect(scan.current).toMatchObject({ stale: false, gaps: 1 });
    }));

  it('is empty when nothing fits, hears the echo of a cancel as nothing, and ends with what is wrong', () =>
    withScanner(async ({ connection, marketData }) => {
      const scan = marketData.scanner.watch('TOP_PERC_GAIN');
      const reqId = connection.latestId('reqScannerSubscription');
      connection.deliver(notice(reqId, 165, 'Historical Market Data Service query message:no items retrieved'));
      connection.deliver(data(connection, []));
      expect(scan.current).toMatchObject({ rows: [], stale: false });
      connection.deliver(notice(reqId, 162, `Historical Market Data Service error message:API scanner subscription cancelled: ${reqId}`));
      expect(scan.error).toBeUndefined();
      const waiting = expect(scan.waitFor(({ rows }) => rows.length > 0)).rejects.toMatchObject({ brokerCode: 162 });
      connection.deliver(notice(reqId, 162, 'Historical Market Data Service error message:Scanner location X is unknown'));
      await waiting;
      const stop = new AbortController();
      const quiet = marketData.scanner.watch('TOP_PERC_GAIN', { signal: stop.signal });
      stop.abort();
      await expect(quiet[Symbol.asyncIterator]().next()).resolves.toEqual({ done: true, value: undefined });
      expect(marketData.scanner.watch('TOP_PERC_GAIN', { signal: AbortSignal.abort() }).error).toBeUndefined();
    }));
});

describe('parameters', () => {
  const XML = `<?xml version="1.0"?><!-- of TWS --><ScanParameterResponse>
    <InstrumentList varName="instrumentList"><Instrument><name>US Stocks &amp; ETFs</name><type>STK</type><filters>PRICE,VOLUME</filters></Instrument><Instrument><name>twice</name><type>STK</type></Instrument></InstrumentList>
    <LocationTree varName="locationTree"><Location><displayName>US Stocks</displayName><locationCode>STK.US</locationCode><LocationTree><Location><displayName>Listed/NASDAQ</displayName><locationCode>STK.US.MAJOR</locationCode><access/></Location></LocationTree></Location></LocationTree>
    <ScanTypeList><ScanType><displayName>Top % Gainers</displayName><scanCode>TOP_PERC_GAIN</scanCode><instruments>STK,STOCK.EU</instruments></ScanType></ScanTypeList>
    <FilterList><RangeFilter><id>PRICE</id><AbstractField type="scanner.filter.DoubleField" x="a>b"><code>priceAbove</code><displayName>Price &#65;bove</displayName></AbstractField><AbstractField><code>priceBelow</code><displayName><![CDATA[Price <below>]]></displayName></AbstractField></RangeFilter></FilterList>
  </ScanParameterResponse>`;

  it('are read from the document of TWS', () =>
    withScanner(async ({ connection, marketData }) => {
      const answer = marketData.scanner.parameters();
      expect(connection.sent).toEqual([{ type: 'reqScannerParameters' }]);
      connection.deliver({ type: 'scannerParameters', xml: XML });
      const parameters = await answer;
      expect(parameters.xml).toBe(XML);
      expect(parameters.instruments).toEqual([{ code: 'STK', name: 'US Stocks & ETFs', filters: ['PRICE', 'VOLUME'] }]);
      expect(parameters.locations).toEqual([{ code: 'STK.US', name: 'US Stocks', parent: undefined }, { code: 'STK.US.MAJOR', name: 'Listed/NASDAQ', parent: 'STK.US' }]);
      expect(parameters.scanCodes).toEqual([{ code: 'TOP_PERC_GAIN', name: 'Top % Gainers', instruments: ['STK', 'STOCK.EU'] }]);
      expect(parameters.filters).toEqual([{ code: 'priceAbove', name: 'Price Above', filter: 'PRICE' }, { code: 'priceBelow', name: 'Price <below>', filter: 'PRICE' }]);
      expect(parameters.instruments).toBe(parameters.instruments);
    }));

  it.each(['<a><b></a>', '<a>', '</a>', '<a', '<a>'.repeat(101)])('are not read from what is no document: %s', (xml) => {
    expect(() => new ScannerParameters(xml).scanCodes).toThrow(expect.objectContaining({ code: 'IBKR_SCANNER_UNREADABLE' }) as Error);
  });

  it('are read in time that grows with their length, whatever is in them', () => {
    const hostile = [`<a x="${'<'.repeat(200_000)}`, '<a '.repeat(100_000), '<!--'.repeat(100_000), `<a ${'"'.repeat(100_001)}`, '&#'.repeat(200_000), `<${'a'.repeat(200_000)}`];
    const outcomes = hostile.map((xml) => {
      try {
        return new ScannerParameters(xml).scanCodes.length;
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error;
      }
    });
    expect(outcomes.map((outcome) => outcome === 0 || outcome === 'IBKR_SCANNER_UNREADABLE')).toEqual(hostile.map(() => true));
  });
});
