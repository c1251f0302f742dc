import { seededRandom } from '@ibkit/clock';
import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import { AAPL } from '../testing/rig.js';
import { Trading } from '../trading/trading.js';
import { accountValueFor } from './account-values.js';

const [ONE, TWO] = ['DU1234567', 'DU7654321'];
const SHARE = { symbol: AAPL.symbol, secType: AAPL.secType, exchange: AAPL.exchange, currency: AAPL.currency };
const SOON = { timeoutMs: 15_000 };

interface Stage {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly trading: Trading;
}

async function onStage(options: SimulatorOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulator = await createSimulator({ accounts: [ONE], speed: 10, ...options });
  const connection = new ConnectionManager({ host: simulator.host, port: simulator.port, random: { next: () => 0 } });
  const trading = new Trading({ connection, random: seededRandom(1), lingerMs: 10 });
  try {
    await connection.connect();
    await trading.ready();
    await play({ simulator, connection, trading });
  } finally {
    await trading.close();
    await connection.close();
    await simulator.close();
  }
}

async function buy({ trading }: Stage, account: string, quantity: number): Promise<void> {
  const order = await trading.place({ contract: SHARE, action: 'BUY', quantity, orderType: 'MKT', account });
  await order.filled(SOON);
}

describe('accounts against the simulator', () => {
  it('show positions, portfolio, values and profit as they change', () =>
    onStage({}, async (stage) => {
      const { simulator, trading } = stage;
      const [positions, portfolio, values, pnl] = [trading.positionUpdates(), trading.portfolioUpdates(), trading.accountUpdates(), trading.pnl()];
      await Promise.all([positions, portfolio, values, pnl].map((stream) => stream.waitFor(() => true, SOON)));
      expect(positions.current?.positions).toEqual([]);
      await buy(stage, ONE, 100);
      await positions.waitFor((list) => list.positions[0]?.position === 100, SOON);
      await portfolio.waitFor(({ lines }) => lines[0]?.position === 100 && (lines[0].marketValue ?? 0) > 1_000, SOON);
      await values.waitFor((view) => (accountValueFor(view.values, 'GrossPositionValue')?.amount ?? 0) > 1_000, SOON);
      const [held] = await trading.positions();
      const single = trading.pnlOf(held?.contract ?? {});
      await single.waitFor(({ position }) => position === 100, SOON);
      simulator.control.setPrice('AAPL', 500);
      await pnl.waitFor(({ unrealizedPnl }) => (unrealizedPnl ?? 0) > 10_000, SOON);
      await single.waitFor(({ unrealizedPnl }) => (unrealizedPnl ?? 0) > 10_000, SOON);
      expect((await trading.getAccountBalance()).netLiquidation).toBeGreaterThan(1_000_000);
      expect((await trading.accountValues()).ready).toBe(true);
      await Promise.all([positions, portfolio, values, pnl, single].map((stream) => stream.close()));
      // The answer to this comes after the cancels were read.
      await trading.positions();
      expect(simulator.control.state().clients[0]?.subscriptions).toMatchObject({ pnl: [], pnlSingle: [], accountUpdates: [], accountUpdatesMulti: [] });
    }));

  it('keep two accounts apart although every download ends under the name of the first, and while the list of accounts changes', () =>
    onStage({ accounts: [ONE, TWO] }, async (stage) => {
      const { simulator, trading } = stage;
      simulator.control.inject({ type: 'shared-download-end' });
      await buy(stage, TWO, 20);
      const [one, two] = await Promise.all([trading.portfolio({ account: ONE }), trading.portfolio({ account: TWO })]);
      expect([one.lines, two.lines.map(({ position }) => position)]).toEqual([[], [20]]);
      const live = trading.portfolioUpdates(TWO);
      await live.waitFor(({ lines }) => lines[0]?.position === 20, SOON);
      const pnl = trading.pnl(TWO);
      await pnl.waitFor(() => true, SOON);
      const endFault = simulator.control.inject({ type: 'accounts-shown', accounts: [ONE] });
      for (const stream of [live, pnl]) expect(await stream.waitFor(({ stale }) => stale, SOON)).toMatchObject({ staleReason: 'the account is not in the list of the session' });
      expect(() => trading.pnl(TWO)).toThrow('account must be one of the accounts of the session');
      endFault();
      for (const stream of [live, pnl]) expect(await stream.waitFor(({ stale }) => !stale, SOON)).toMatchObject({ gaps: 1 });
      expect((await trading.positions({ account: TWO })).map(({ position }) => position)).toEqual([20]);
      expect(await trading.positions({ account: ONE })).toEqual([]);
    }));

  it('come back after a session that was cut, stale in between and with the gap marked', () =>
    onStage({}, async (stage) => {
      const { simulator, trading } = stage;
      await buy(stage, ONE, 10);
      const streams = [trading.positionUpdates(), trading.portfolioUpdates(), trading.accountUpdates(), trading.pnl()];
      await Promise.all(streams.map((stream) => stream.waitFor(() => true, SOON)));
      const stale = streams.map((stream) => stream.waitFor((value) => value.stale, SOON));
      simulator.control.dropClients('rst');
      await Promise.all(stale);
      for (const stream of streams) expect(await stream.waitFor((value) => !value.stale, SOON)).toMatchObject({ gaps: 1 });
    }));

  it.each([1101, 1102])('are stale while the gateway has no link to the broker, and asked for anew when it has it again (%i)', (code) =>
    onStage({}, async (stage) => {
      const { simulator, trading } = stage;
      const streams = [trading.positionUpdates(), trading.portfolioUpdates(), trading.accountUpdates(), trading.pnl()];
      await Promise.all(streams.map((stream) => stream.waitFor(() => true, SOON)));
      const stale = streams.map((stream) => stream.waitFor((value) => value.stale, SOON));
      simulator.control.inject({ type: 'notice', code: 1100 });
      expect((await Promise.all(stale)).map(({ staleReason }) => staleReason)).toEqual(streams.map(() => 'the gateway has no link to the broker'));
      simulator.control.inject({ type: 'notice', code });
      for (const stream of streams) expect(await stream.waitFor((value) => !value.stale, SOON)).toMatchObject({ gaps: 1 });
    }));

  it('leave alone the stream of positions that somebody else on the connection reads', () =>
    onStage({}, async (stage) => {
      const { connection, trading, simulator } = stage;
      const seen: number[] = [];
      connection.onMessage((message) => {
        if (message.type === 'position') seen.push(message.position);
      });
      await connection.session?.send({ type: 'reqPositions' });
      await trading.positions();
      await trading.reconcile();
      const own = trading.positionUpdates();
      await own.waitFor(() => true, SOON);
      await own.close();
      await buy(stage, ONE, 7);
      while (!seen.includes(7)) await trading.account();
      expect(simulator.control.journal({ kind: 'in', type: 'cancelPositions' })).toEqual([]);
    }));

  it('of an advisor come in groups', () =>
    onStage({ accounts: ['DF1234567', ONE] }, async ({ trading }) => {
      expect(await trading.advisorGroups()).toEqual([{ name: 'All_Accounts', method: 'Equal', members: [{ account: 'DF1234567' }, { account: ONE }] }]);
      expect((await trading.accountAliases()).map(({ account }) => account)).toEqual(['DF1234567', ONE]);
    }));

  it('agree with the executions', () =>
    onStage({}, async (stage) => {
      const { trading } = stage;
      await trading.checkPositions();
      await buy(stage, ONE, 30);
      expect(await trading.checkPositions()).toMatchObject({ status: 'agrees' });
    }));
});
