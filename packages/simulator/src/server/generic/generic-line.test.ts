import { describe, expect, it } from 'vitest';
import type { WireContract } from '@ibkit/wire';
import type { WireClient } from '../../testing/wire-client.js';
import { withSimulator } from '../../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
/** Tuesday, 10:30 in New York. */
const TUESDAY = Date.UTC(2024, 0, 2, 15, 30);

function sizeOf(client: WireClient, tickType: number): number | undefined {
  return client.all('tickSize').findLast((tick) => tick.tickType === tickType)?.size;
}

function genericOf(client: WireClient, tickType: number): number | undefined {
  return client.all('tickGeneric').findLast((tick) => tick.tickType === tickType)?.value;
}

describe('generic ticks', () => {
  it('come from the state of the market, without the default ticks when they are off', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: 'mdoff,100,101,104,106,165,221,233,236,293,294,295,411,456,595' });
      await client.barrier();
      for (let step = 0; step < 40; step += 1) await clock.advance(250);
      await client.barrier();
      expect(client.all('tickPrice').every(({ tickType }) => tickType === 37)).toBe(true);
      expect(sizeOf(client, 29)).toBeGreaterThan(0);
      expect(sizeOf(client, 28)).toBeGreaterThan(0);
      expect(genericOf(client, 24)).toBeGreaterThan(0.1);
      expect(genericOf(client, 54)).toBeGreaterThan(0);
      expect(genericOf(client, 56)).toBeGreaterThan(0);
      expect(client.all('tickString').find(({ tickType }) => tickType === 59)?.value).toBe(',,,');
      const trades = client.all('tickString').filter(({ tickType }) => tickType === 48);
      expect(trades.length).toBeGreaterThan(2);
      const [price = 0, size = 0, atMs = 0, volume = 0, vwap = 0] = trades.at(-1)?.value.split(';').map(Number) ?? [];
      expect([price > 100, size > 0, atMs > TUESDAY, volume >= size]).toEqual([true, true, true, true]);
      expect(Math.abs(vwap / price - 1)).toBeLessThan(0.05);
      const [before = 0] = trades.at(-2)?.value.split(';').slice(3).map(Number) ?? [];
      expect(volume - before).toBe(size);
    }));

  it('agree with the chain, the future and the mark', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: { symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' }, genericTickList: 'mdoff,162' });
      client.send({ type: 'reqMktData', reqId: 2, contract: { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDateOrContractMonth: '202403' }, genericTickList: '588,221' });
      client.send({ type: 'reqMktData', reqId: 3, contract: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' }, genericTickList: 'mdoff,577,614,623' });
      client.send({ type: 'reqMktData', reqId: 4, contract: { symbol: 'US-T', secType: 'BOND' }, genericTickList: 'mdoff,460' });
      await client.barrier();
      await clock.advance(1);
      await client.barrier();
      expect(genericOf(client, 31)).toBeGreaterThan(0);
      expect(sizeOf(client, 86)).toBeGreaterThan(0);
      expect(genericOf(client, 60)).toBe(1);
      const prices = new Map(client.all('tickPrice').map(({ reqId, tickType, price }) => [`${reqId} ${tickType}`, price]));
      expect(prices.get('2 37')).toBeGreaterThanOrEqual(prices.get('2 1') ?? Infinity);
      expect(prices.get('2 37')).toBeLessThanOrEqual(prices.get('2 2') ?? 0);
      expect(prices.get('3 96')).toBeGreaterThan(0);
    }));

  it('bring the ranges of the past weeks, read in parts', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: 'mdoff,165' });
      await client.barrier();
      for (let second = 0; second < 14; second += 1) await clock.advance(1_000);
      await client.barrier();
      const price = (tickType: number): number => client.all('tickPrice').findLast((tick) => tick.tickType === tickType)?.price ?? Number.NaN;
      const { low = 0, high = 0 } = simulator.control.quote('AAPL') ?? {};
      expect([price(19) <= price(17), price(17) <= price(15), price(15) <= low]).toEqual([true, true, true]);
      expect([price(20) >= price(18), price(18) >= price(16), price(16) >= high]).toEqual([true, true, true]);
      expect(sizeOf(client, 21)).toBeGreaterThan(1_000);
    }));

  it('bring the news of the instrument', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: 'mdoff,292:SIMN' });
      await client.barrier();
      simulator.control.setPrice('AAPL', 300);
      await clock.advance(30 * 60_000 + 10);
      const story = await client.first('tickNews');
      expect(story).toMatchObject({ reqId: 1, providerCode: 'SIMN', timeStamp: TUESDAY + 30 * 60_000, headline: expect.stringContaining('SIMULATED: AAPL rises') as string });
      client.send({ type: 'reqNewsArticle', reqId: 2, providerCode: 'SIMN', articleId: story.articleId });
      expect((await client.first('newsArticle')).articleText).toContain(story.headline);
    }));

  it('end with the line', () =>
    withSimulator({ startAtMs: TUESDAY }, async ({ clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktData', reqId: 1, contract: AAPL, genericTickList: '233,293' });
      client.send({ type: 'cancelMktData', reqId: 1 });
      await client.barrier();
      const before = client.messages.length;
      await clock.advance(5_000);
      await client.barrier();
      expect(client.messages).toHaveLength(before + 1);
    }));
});
