import { describe, expect, it } from 'vitest';
import type { ServerMessage, WireContract } from '@ibkit/wire';
import { withSimulator } from '../../testing/with-simulator.js';

const AAPL: WireContract = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' };
const RESET = 317;
const BID = 1;

interface Row {
  readonly price: number;
  readonly size: number;
}

/** The book that a client builds from what it gets. */
function bookOf(messages: readonly ServerMessage[], reqId: number): { readonly bids: readonly Row[]; readonly asks: readonly Row[] } {
  const sides: { bids: Row[]; asks: Row[] } = { bids: [], asks: [] };
  for (const message of messages) {
    if (message.type === 'errMsg' && message.id === reqId && message.code === RESET) {
      sides.bids = [];
      sides.asks = [];
    }
    if ((message.type !== 'marketDepthL2' && message.type !== 'marketDepth') || message.reqId !== reqId) continue;
    const { position, operation, price, size = 0 } = message;
    const rows = message.side === BID ? sides.bids : sides.asks;
    rows.splice(position, operation === 0 ? 0 : 1, ...(operation === 2 ? [] : [{ price, size }]));
  }
  return sides;
}

describe('an order book', () => {
  it('is the quote of the market data line at its best rows, however the market moves', () =>
    withSimulator({ seed: 5 }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktDepth', reqId: 1, contract: AAPL, numRows: 6, isSmartDepth: true });
      client.send({ type: 'reqMktDepth', reqId: 2, contract: { ...AAPL, exchange: 'ARCA' }, numRows: 4 });
      client.send({ type: 'reqTickByTickData', reqId: 3, contract: AAPL, tickType: 'BidAsk' });
      await client.barrier();
      for (let step = 0; step < 60; step += 1) {
        await clock.advance(250);
        if (step === 30) simulator.control.setPrice('AAPL', 300);
      }
      await clock.advance(500);
      await client.barrier();
      const quote = client.all('tickByTick').at(-1);
      for (const reqId of [1, 2]) {
        const { bids, asks } = bookOf(client.messages, reqId);
        expect(quote).toMatchObject({ bidPrice: bids[0]?.price, askPrice: asks[0]?.price, bidSize: bids[0]?.size, askSize: asks[0]?.size });
        expect([bids.length, asks.length]).toEqual(reqId === 1 ? [6, 6] : [4, 4]);
      }
      expect(await client.error(RESET, 1)).toMatchObject({ msg: expect.stringContaining('RESET') as string });
      expect(await client.error(2152, 1)).toMatchObject({ msg: expect.stringContaining('Depth: NASDAQ') as string });
    }));

  it('ends with its cancel and with a halt, and gives its place back', () =>
    withSimulator({ limits: { marketDepth: 1 } }, async ({ simulator, clock, connect }) => {
      const client = await connect();
      client.send({ type: 'reqMktDepth', reqId: 1, contract: AAPL, numRows: 2, isSmartDepth: true });
      client.send({ type: 'reqMktDepth', reqId: 2, contract: AAPL, numRows: 2, isSmartDepth: true });
      expect((await client.error(309, 2)).msg).toBe('Max number (1) of market depth requests has been reached');
      client.send({ type: 'cancelMktDepth', reqId: 1, isSmartDepth: true });
      client.send({ type: 'reqMktDepth', reqId: 2, contract: AAPL, numRows: 2, isSmartDepth: true });
      await client.first('marketDepthL2', ({ reqId }) => reqId === 2);
      simulator.control.moveMarket({ action: 'halt', symbol: 'AAPL' });
      await clock.advance(500);
      await client.error(316, 2);
      const before = client.all('marketDepthL2').length;
      simulator.control.moveMarket({ action: 'resume', symbol: 'AAPL' });
      await clock.advance(2_000);
      await client.barrier();
      expect(client.all('marketDepthL2')).toHaveLength(before);
    }));
});
