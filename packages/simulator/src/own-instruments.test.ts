import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { InstrumentSpec } from './market/instrument-spec.js';
import { checkSpecs } from './market/check-specs.js';
import { withSimulator } from './testing/with-simulator.js';

const DOCS = fileURLToPath(new URL('../../../docs/simulator.md', import.meta.url));

/** The list of instruments that the manual shows. */
async function exampleOfTheManual(): Promise<readonly InstrumentSpec[]> {
  const text = await readFile(DOCS, 'utf8');
  const [, json] = /^## Instruments of your own\n[\s\S]*?^```json\n([\s\S]*?)^```$/m.exec(text) ?? [];
  if (json === undefined) throw new Error('the manual shows no instruments');
  return checkSpecs(JSON.parse(json) as readonly InstrumentSpec[]);
}

describe('the instruments that the manual adds', () => {
  it('can be found, watched and traded, with their options and their past', async () => {
    const instruments = await exampleOfTheManual();
    await withSimulator({ instruments }, async ({ clock, connect }) => {
      const client = await connect();
      const order = { action: 'BUY', totalQuantity: 1, orderType: 'MKT', tif: 'DAY' };
      let id = 0;
      for (const { symbol, secType, exchange = secType === 'FUT' ? 'CME' : 'SMART', options = false } of instruments) {
        id += 10;
        const contract = { symbol, secType, exchange };
        client.send({ type: 'reqContractDetails', reqId: id, contract });
        const { conId } = (await client.first('contractDetails', ({ reqId }) => reqId === id)).details.contract;
        client.send({ type: 'reqMktData', reqId: id + 1, contract });
        client.send({ type: 'reqHistoricalData', reqId: id + 2, contract, endDateTime: '', durationStr: '3 D', barSizeSetting: '1 day', useRTH: true, whatToShow: 'TRADES', formatDate: 1, keepUpToDate: false });
        expect((await client.first('historicalData', ({ reqId }) => reqId === id + 2)).bars).toHaveLength(3);
        if (secType !== 'IND') client.send({ type: 'placeOrder', orderId: id, contract, order });
        client.send({ type: 'reqSecDefOptParams', reqId: id + 3, underlyingSymbol: symbol, underlyingSecType: secType, underlyingConId: conId ?? 0, futFopExchange: '' });
        await client.first('secDefOptParameterEnd', ({ reqId }) => reqId === id + 3);
        const [chain] = client.all('secDefOptParameter').filter(({ reqId }) => reqId === id + 3);
        expect(chain !== undefined).toBe(options);
        if (chain === undefined) continue;
        const option = {
          symbol,
          secType: secType === 'FUT' ? 'FOP' : 'OPT',
          exchange: chain.exchange,
          right: 'C' as const,
          strike: chain.strikes[Math.floor(chain.strikes.length / 2)],
          lastTradeDateOrContractMonth: chain.expirations.at(1),
        };
        client.send({ type: 'reqMktData', reqId: id + 4, contract: option });
        client.send({ type: 'placeOrder', orderId: id + 1, contract: option, order });
        client.send({ type: 'reqHistoricalData', reqId: id + 5, contract: option, endDateTime: '', durationStr: '1 D', barSizeSetting: '1 hour', useRTH: true, whatToShow: 'MIDPOINT', formatDate: 1, keepUpToDate: false });
        expect((await client.first('historicalData', ({ reqId }) => reqId === id + 5)).bars.length).toBeGreaterThan(0);
      }
      await client.barrier();
      await clock.advance(5_000);
      await client.barrier();
      const lines = instruments.flatMap(({ options }, place) => [place * 10 + 11, ...(options === true ? [place * 10 + 14] : [])]);
      for (const line of lines) expect(client.all('tickPrice').filter(({ reqId, price }) => reqId === line && price > 0).length).toBeGreaterThan(3);
      const placed = new Set(client.all('openOrder').map(({ orderId }) => orderId));
      const filled = new Set(client.all('orderStatus').flatMap(({ orderId, status }) => (status === 'Filled' ? [orderId] : [])));
      expect(filled).toEqual(placed);
      expect(placed.size).toBe(instruments.filter(({ secType }) => secType !== 'IND').length + instruments.filter(({ options }) => options === true).length);
    });
  });

  it('are refused by index and field when they are wrong', () => {
    expect(() => checkSpecs([{ symbol: 'EUR', secType: 'CASH', price: 1, options: true }])).toThrow(/instruments\[0\]\.options is for stocks, indexes and futures/);
    const index = (place: number): InstrumentSpec => ({ symbol: `IX${place}`, secType: 'IND', price: 100, options: true });
    expect(() => checkSpecs([0, 1, 2, 3, 4].map(index))).toThrow(/at most 4 option chains on indexes and futures/);
  });
});
