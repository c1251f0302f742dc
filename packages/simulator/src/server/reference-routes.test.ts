import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import { withSimulator } from '../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const AAPL_ID = 265598;
/** Tuesday, 10:30 in New York. */
const TUESDAY = Date.UTC(2024, 0, 2, 15, 30);
const SATURDAY = Date.UTC(2024, 0, 6, 15, 30);

/** Whether every element that opens is closed, in order. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, slash, name = ''] of xml.replace(/^<\?xml[^>]*\?>/, '').matchAll(/<(\/?)([A-Za-z]+)[^>]*>/g)) {
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

/** One of each kind of instrument. */
const ONE_OF_EACH: readonly (readonly [kind: string, contract: WireContract])[] = [
  ['stock', AAPL],
  ['option', { ...AAPL, secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 230, right: 'P' }],
  ['index', { symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' }],
  ['future', { symbol: 'CL', secType: 'FUT', exchange: 'NYMEX', currency: 'USD', lastTradeDateOrContractMonth: '202403' }],
  ['currency', { symbol: 'USD', secType: 'CASH', exchange: 'IDEALPRO', currency: 'JPY' }],
  ['crypto', { symbol: 'ETH', secType: 'CRYPTO', exchange: 'PAXOS', currency: 'USD' }],
  ['bond', { symbol: '037833SM1', secType: 'BOND', currency: 'USD' }],
];

describe('every kind of instrument', () => {
  it.each(ONE_OF_EACH)('has details, a price rule and a market: %s', (kind, contract) =>
    withSimulator({ startAtMs: TUESDAY }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqContractDetails', reqId: 1, contract });
      await client.first('contractDetailsEnd');
      const all = [...client.all('contractDetails'), ...client.all('bondContractDetails')];
      expect(all.map(({ type }) => type)).toEqual([kind === 'bond' ? 'bondContractDetails' : 'contractDetails']);
      const details = all[0]?.details;
      const [ruleId = ''] = (details?.marketRuleIds ?? '').split(',');
      client.send({ type: 'reqMarketRule', marketRuleId: Number(ruleId) });
      const { priceIncrements } = await client.first('marketRule');
      expect(priceIncrements[0]?.increment).toBe(details?.minTick);
      client.send({ type: 'reqMktData', reqId: 2, contract: { conId: details?.contract.conId }, snapshot: true });
      await client.first('tickSnapshotEnd');
      const prices = client.all('tickPrice').map(({ tickType }) => tickType);
      expect(prices.includes(1)).toBe(kind !== 'index');
      expect(prices.includes(4)).toBe(kind !== 'currency');
      client.send({ type: 'reqMktData', reqId: 3, contract: { conId: details?.contract.conId } });
      await client.barrier();
      const before = client.messages.length;
      for (let step = 0; step < 60; step += 1) await clock.advance(500);
      await client.barrier();
      expect(client.messages.length).toBeGreaterThan(before + 5);
    }),
  );

  it('sends a CFD to its underlying, for quotes and for the book', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ connect }) => {
      const client = await connect();
      const contract: WireContract = { ...AAPL, secType: 'CFD' };
      client.send({ type: 'reqMktData', reqId: 1, contract });
      client.send({ type: 'reqMktDepth', reqId: 2, contract, numRows: 5 });
      expect(await client.first('rerouteMktDataReq')).toMatchObject({ reqId: 1, conId: AAPL_ID, exchange: 'SMART' });
      expect(await client.first('rerouteMktDepthReq')).toMatchObject({ reqId: 2, conId: AAPL_ID, exchange: 'SMART' });
      client.send({ type: 'reqMktData', reqId: 1, contract: { conId: AAPL_ID, exchange: 'SMART' } });
      await client.first('tickPrice', ({ reqId }) => reqId === 1);
    }));
});

describe('delayed data', () => {
  it('is the live data of a quarter of an hour before, and so are prices that were set', () =>
    withSimulator({ startAtMs: TUESDAY, dataPermission: 'delayed' }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      const quoteThen = simulator.control.quote('AAPL');
      client.send({ type: 'reqMarketDataType', marketDataType: 3 });
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      await client.barrier();
      simulator.control.setPrice('AAPL', 400);
      await clock.advance(1_000);
      await client.barrier();
      expect(client.all('tickPrice').some(({ price }) => price > 350)).toBe(false);
      await clock.advance(900_000 - 1_000 - 100);
      client.send({ type: 'reqMktData', reqId: 2, contract: AAPL, snapshot: true });
      await client.first('tickSnapshotEnd');
      expect(client.all('tickPrice').some(({ price }) => price > 350)).toBe(false);
      await clock.advance(1_000);
      client.send({ type: 'reqMktData', reqId: 3, contract: AAPL, snapshot: true });
      await client.first('tickSnapshotEnd', ({ reqId }) => reqId === 3);
      const bid = client.all('tickPrice').find(({ reqId, tickType }) => reqId === 3 && tickType === 66);
      expect(bid?.price).toBeGreaterThan(390);
      // What a snapshot showed before the move is what the market showed then.
      const early = client.all('tickPrice').find(({ reqId, tickType }) => reqId === 2 && tickType === 66)?.price ?? 0;
      expect(Math.abs(early - (quoteThen?.bid ?? 0))).toBeLessThan(1);
    }));

  it('moves from the start: the market has a past', () =>
    withSimulator({ startAtMs: TUESDAY, dataPermission: 'delayed' }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMarketDataType', marketDataType: 3 });
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      await client.barrier();
      const before = client.messages.length;
      for (let step = 0; step < 40; step += 1) await clock.advance(250);
      await client.barrier();
      expect(client.messages.length).toBeGreaterThan(before + 10);
    }));

  it('is frozen while the exchange is closed for those who ask, and refused to those without any subscription', async () => {
    await withSimulator({ startAtMs: SATURDAY }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMarketDataType', marketDataType: 2 });
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      expect(await client.first('marketDataType')).toMatchObject({ marketDataType: 2 });
      await client.barrier();
      const before = client.messages.length;
      await clock.advance(10_000);
      await client.barrier();
      expect(client.messages).toHaveLength(before + 1);
    });
    await withSimulator({ dataPermission: 'none' }, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL });
      await client.error(354, 1);
    });
  });
});

describe('option calculators', () => {
  it('agree with the model that the market prices its options with', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ clock, connect }) => {
      const client = await connect();
      const contract: WireContract = { ...AAPL, secType: 'OPT', lastTradeDateOrContractMonth: '20240119', strike: 230, right: 'C' };
      client.send({ type: 'reqMktData', reqId: 1, contract });
      const model = await client.first('tickOptionComputation', ({ tickType }) => tickType === 13);
      const { impliedVol = 0, undPrice = 0, optPrice = 0 } = model;
      client.send({ type: 'calcOptionPrice', reqId: 2, contract, volatility: impliedVol, underPrice: undPrice });
      client.send({ type: 'calcImpliedVolatility', reqId: 3, contract, optionPrice: optPrice, underPrice: undPrice });
      const priced = await client.first('tickOptionComputation', ({ reqId }) => reqId === 2);
      const solved = await client.first('tickOptionComputation', ({ reqId }) => reqId === 3);
      expect([priced.tickType, solved.tickType]).toEqual([53, 53]);
      expect(priced.optPrice).toBeCloseTo(optPrice, 6);
      expect(priced.delta).toBeCloseTo(model.delta ?? 0, 6);
      expect(solved.impliedVol).toBeCloseTo(impliedVol, 4);
      expect(solved.gamma).toBeCloseTo(model.gamma ?? 0, 4);
      await clock.advance(1);
    }));
});

describe('scans', () => {
  it('rank the market, again every half minute', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqScannerSubscription', reqId: 1, subscription: { instrument: 'STK', locationCode: 'STK.US', scanCode: 'TOP_PERC_GAIN', numberOfRows: 5 } });
      const first = await client.first('scannerData');
      const gains = first.rows.map(({ contract }) => {
        const { last = 0, close = 1 } = simulator.control.quote(contract.symbol ?? '') ?? {};
        return last / close;
      });
      expect(gains).toHaveLength(5);
      expect(gains).toEqual(gains.toSorted((a, b) => b - a));
      expect(first.rows.map(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4]);
      simulator.control.setPrice('KO', 1000);
      await clock.advance(29_000);
      await client.barrier();
      expect(client.all('scannerData')).toHaveLength(1);
      await clock.advance(1_100);
      await client.barrier();
      expect(client.all('scannerData').at(-1)?.rows[0]?.contract.symbol).toBe('KO');
    }));

  it('have parameters that name every code they know', () =>
    withSimulator({}, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqScannerParameters' });
      const { xml } = await client.first('scannerParameters');
      expect(isWellFormed(xml)).toBe(true);
      expect(xml).toContain('<scanCode>HOT_BY_VOLUME</scanCode>');
      const codes = [...xml.matchAll(/<scanCode>([A-Z_]+)<\/scanCode>/g)].map(([, scanCode = '']) => scanCode);
      codes.forEach((scanCode, index) => {
        client.send({ type: 'reqScannerSubscription', reqId: 100 + index, subscription: { instrument: 'FUT.US', locationCode: 'FUT.CME', scanCode } });
        client.send({ type: 'cancelScannerSubscription', reqId: 100 + index });
      });
      await client.barrier();
      expect(client.all('scannerData').filter(({ rows }) => rows.length > 0)).toHaveLength(codes.length);
    }));
});

describe('news', () => {
  it('tell what the bars show', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqHistoricalNews', reqId: 1, conId: AAPL_ID, providerCodes: 'SIMN', startDateTime: '', endDateTime: '', totalResults: 3 });
      expect(await client.first('historicalNewsEnd')).toMatchObject({ hasMore: true });
      const [newest, ...older] = client.all('historicalNews');
      expect(older).toHaveLength(2);
      expect(newest?.time).toMatch(/^2024-01-02 \d\d:[03]0:00\.0$/);
      const end = (newest?.time ?? '').slice(0, 19).replaceAll('-', '').replace(' ', '-');
      client.send({
        type: 'reqHistoricalData', reqId: 2, contract: AAPL, endDateTime: end, barSizeSetting: '30 mins', durationStr: '1800 S',
        useRTH: false, whatToShow: 'TRADES', formatDate: 2, keepUpToDate: false,
      }); // prettier-ignore
      const [bar] = (await client.first('historicalData')).bars;
      const told = /to ([\d.]+)$/.exec(newest?.headline ?? '')?.[1];
      expect(Number(told)).toBe(bar?.close);
    }));

  it('stop at their limits and come as bulletins too', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'reqNewsBulletins', allMessages: true });
      expect((await client.first('newsBulletins')).message).toContain('SIMULATED: SPY');
      client.send({ type: 'reqHistoricalNews', reqId: 1, conId: AAPL_ID, providerCodes: 'SIMB', startDateTime: '2023-12-29 00:00:00.0', endDateTime: '2024-01-01 12:00:00.0', totalResults: 300 });
      expect(await client.first('historicalNewsEnd')).toMatchObject({ hasMore: false });
      expect(client.all('historicalNews').length).toBeLessThanOrEqual(4);
    }));
});

describe('what TWS knows about the login', () => {
  it('has groups and aliases for advisors', () =>
    withSimulator({ accounts: ['DF100', 'DU200'] }, async ({ connect }) => {
      const client = await connect();
      client.send({ type: 'requestFA', faDataType: 1 });
      expect((await client.first('receiveFA')).xml).toContain('<String>DU200</String>');
      client.send({ type: 'replaceFA', reqId: 1, faDataType: 1, xml: '<ListOfGroups><Group><name>mine</name><String>DU999</String></Group></ListOfGroups>' });
      await client.error(10231, 1);
      client.send({ type: 'replaceFA', reqId: 2, faDataType: 1, xml: 'nonsense' });
      await client.error(321, 2);
      client.send({ type: 'replaceFA', reqId: 3, faDataType: 1, xml: '<ListOfGroups><Group><name>mine</name><String>DU200</String></Group></ListOfGroups>' });
      await client.first('replaceFAEnd', ({ reqId }) => reqId === 3);
      client.send({ type: 'requestFA', faDataType: 1 });
      await client.first('receiveFA', (message) => message.xml.includes('mine'));
      client.send({ type: 'requestFA', faDataType: 2 });
      await client.error(585, -1);
      client.send({ type: 'reqFamilyCodes' });
      expect((await client.first('familyCodes')).familyCodes).toEqual([
        { accountID: 'DF100', familyCode: '' },
        { accountID: 'DU200', familyCode: '' },
      ]);
    }));

  it('has display groups that all clients share', () =>
    withSimulator({}, async ({ connect }) => {
      const one = await connect({ clientId: 1 });
      const two = await connect({ clientId: 2 });
      one.send({ type: 'subscribeToGroupEvents', reqId: 5, groupId: 1 });
      two.send({ type: 'subscribeToGroupEvents', reqId: 9, groupId: 1 });
      await Promise.all([one.barrier(), two.barrier()]);
      one.send({ type: 'updateDisplayGroup', reqId: 5, contractInfo: `${AAPL_ID}@SMART` });
      const seen = await two.first('displayGroupUpdated', ({ contractInfo }) => contractInfo !== 'none');
      expect(seen).toMatchObject({ reqId: 9, contractInfo: `${AAPL_ID}@SMART` });
    }));

  it('has a ledger in its base currency, and every tag of the summary', () =>
    withSimulator({}, async ({ connect }) => {
      const tags = ['AccountType', 'NetLiquidation', 'TotalCashValue', 'SettledCash', 'AccruedCash', 'BuyingPower', 'EquityWithLoanValue', 'PreviousEquityWithLoanValue', 'GrossPositionValue', 'ReqTEquity', 'ReqTMargin', 'SMA', 'InitMarginReq', 'MaintMarginReq', 'AvailableFunds', 'ExcessLiquidity', 'Cushion', 'FullInitMarginReq', 'FullMaintMarginReq', 'FullAvailableFunds', 'FullExcessLiquidity', 'LookAheadNextChange', 'LookAheadInitMarginReq', 'LookAheadMaintMarginReq', 'LookAheadAvailableFunds', 'LookAheadExcessLiquidity', 'HighestSeverity', 'DayTradesRemaining', 'Leverage']; // prettier-ignore
      const client = await connect();
      client.send({ type: 'reqAccountSummary', reqId: 1, group: 'All', tags: tags.join(',') });
      await client.first('accountSummaryEnd');
      expect(client.all('accountSummary').map(({ tag }) => tag)).toEqual(tags);
      client.send({ type: 'reqAccountSummary', reqId: 2, group: 'All', tags: '$LEDGER:ALL' });
      await client.first('accountSummaryEnd', ({ reqId }) => reqId === 2);
      const ledger = client.all('accountSummary').filter(({ reqId }) => reqId === 2);
      expect(new Set(ledger.map(({ currency }) => currency))).toEqual(new Set(['USD', 'BASE']));
      expect(ledger.find(({ tag, currency }) => tag === 'CashBalance' && currency === 'BASE')?.value).toBe('1000000.00');
    }));
});
