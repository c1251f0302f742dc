import { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import type { TradingOptions } from '../options.js';
import { PATIENCE, REST, SHARE, Stage } from '../scenarios/testing/stage.js';
import { Trading } from '../trading/trading.js';

const MARKET = { contract: SHARE, action: 'BUY', quantity: 10, orderType: 'MKT' } as const;

function refusal(...reasons: readonly string[]): object {
  return { code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons } };
}

/** Trading with the prices of a simulated market. */
async function withPrices(simulated: SimulatorOptions, options: Partial<TradingOptions>, play: (trading: Trading, simulator: Simulator) => Promise<void>): Promise<void> {
  await using simulator = await createSimulator({ accounts: ['DU1234567'], ...simulated });
  await using connection = new ConnectionManager({ host: simulator.host, port: simulator.port, clientId: 1 });
  await using marketData = new MarketData({ connection });
  await using trading = new Trading({ ...options, connection, marketData });
  await connection.connect();
  await trading.ready();
  await play(trading, simulator);
}

function ordersSeen({ control }: Simulator): number {
  return control.journal({ kind: 'in', type: 'placeOrder' }).length;
}

describe('caps and band with the prices of a market', () => {
  it('value market orders and hold limits to the live quote', () =>
    withPrices({}, { limits: { perOrder: { maxNotional: 3_000 } }, priceBand: { percent: 10 } }, async (trading, simulator) => {
      simulator.control.setPrice('AAPL', 200);
      await (await trading.place(MARKET)).filled(PATIENCE);
      await expect(trading.place({ ...MARKET, quantity: 20 })).rejects.toMatchObject(refusal('ORDER_NOTIONAL'));
      await expect(trading.place(REST)).rejects.toMatchObject(refusal('PRICE_BAND'));
      await (await trading.place({ ...REST, limitPrice: 190 })).acknowledged(PATIENCE);
      await expect(trading.place({ ...REST, limitPrice: 230, quantity: 1 })).rejects.toMatchObject(refusal('PRICE_BAND'));
      expect(ordersSeen(simulator)).toBe(2);
    }));

  it('do not take delayed prices for those of now', () =>
    withPrices({ dataPermission: 'delayed' }, { limits: { perDay: { maxNotional: 1e9 } }, priceBand: { percent: 10 } }, async (trading, simulator) => {
      await expect(trading.place({ ...REST, limitPrice: 190 })).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: ['QUOTE_DELAYED'] } });
      await expect(trading.place(MARKET)).rejects.toMatchObject(refusal('NOTIONAL_UNKNOWN'));
      expect(ordersSeen(simulator)).toBe(0);
    }));
});

describe('a link that is dead and does not say so', () => {
  it('gets no order: it is unsent, never unknown, and none arrives when the link wakes up', async () => {
    await using stage = await Stage.open({ probeAfterQuietMs: 0 });
    const { trading, simulator } = stage;
    await (await trading.place({ ...REST, key: 'alive' })).acknowledged(PATIENCE);
    expect(stage.seen('reqCurrentTime').length).toBeGreaterThan(0);
    const wake = simulator.control.inject({ type: 'half-open' });
    await expect(trading.place({ ...REST, key: 'dead' })).rejects.toMatchObject({ code: 'IBKR_ORDER_UNSENT', cause: { code: 'IBKR_LINK_SILENT' } });
    wake();
    await stage.answered();
    expect(trading.order('dead')?.state.status).toBe('unsent');
    expect(stage.refsSeen()).toEqual([trading.order('alive')?.state.orderRef]);
  });

  it('is asked nothing while it is busy', async () => {
    await using stage = await Stage.open();
    const { lastSeq } = stage.simulator.control;
    for (let count = 0; count < 5; count += 1) await (await stage.trading.place({ ...REST, key: `k${count}` })).acknowledged(PATIENCE);
    expect([stage.seen('reqCurrentTime', lastSeq).length, stage.seen('placeOrder').length]).toEqual([0, 5]);
  });
});

describe('a gateway whose API is read-only', () => {
  it('is named at the first order, and closes the gate for this session', async () => {
    await using stage = await Stage.open();
    const { trading, simulator } = stage;
    const end = simulator.control.inject({ type: 'read-only', requests: ['placeOrder'] });
    const handle = await trading.place(REST);
    expect(await handle.done(PATIENCE)).toMatchObject({ status: 'rejected', brokerNotice: { code: 321 } });
    await expect(trading.place(REST)).rejects.toMatchObject({ code: 'IBKR_ORDER_GATE_REFUSED', details: { reasons: expect.arrayContaining(['READ_ONLY_API']) as unknown } });
    end();
    const epoch = stage.connection.session?.epoch;
    simulator.control.dropClients('rst', 1);
    await stage.recovered(epoch);
    await (await trading.place(REST)).acknowledged(PATIENCE);
  });
});
