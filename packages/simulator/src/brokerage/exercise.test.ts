import { describe, expect, it } from 'vitest';
import { CLIENT, withBrokerage } from '../testing/brokerage-desk.js';
import type { OrderContract } from './combo.js';

const call = (strike: number): OrderContract => ({ symbol: 'SPY', secType: 'OPT', exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: '20240119', strike, right: 'C' });
const BUY = { action: 'BUY', totalQuantity: 2, orderType: 'MKT' };
const EXERCISE = { exerciseAction: 1, exerciseQuantity: 1, account: 'DU1', override: false };

describe('options that are held', () => {
  it('can be exercised: they go, the underlying comes at the strike, and the books add up', () =>
    withBrokerage({}, async ({ place, brokerage, said, market }) => {
      market.setPrice('SPY', 600);
      await place(1, BUY, call(590));
      said();
      brokerage.exercise(CLIENT, 900, call(590), EXERCISE);
      expect(said()).toEqual(['exec 900 SLD 1 OPT', 'exec 900 BOT 100 STK', 'open 900 Filled', 'status 900 Filled 1/0', 'open 900 Filled charged', 'commission 900', 'commission 900', 'position SPY 1', 'position SPY 100', 'account DU1']);
      expect(brokerage.executions().slice(1).map(({ execution, commission }) => [execution.price, commission?.commission])).toEqual([[0, 0], [590, 0]]);
      const { realized, unrealized, daily } = brokerage.pnl('DU1');
      expect(realized + unrealized).toBeCloseTo(daily, 6);
      expect(brokerage.nextValidId(CLIENT)).toBe(2);
    }));

  it('can be left to lapse', () =>
    withBrokerage({}, async ({ place, brokerage, market }) => {
      market.setPrice('SPY', 580);
      await place(1, BUY, call(590));
      brokerage.exercise(CLIENT, 900, call(590), { ...EXERCISE, exerciseAction: 2, exerciseQuantity: 2 });
      expect(brokerage.positions()).toEqual([]);
    }));

  it('are not exercised without a position, a reason or a sense', () =>
    withBrokerage({}, async ({ place, brokerage, market, events, said }) => {
      market.setPrice('SPY', 580);
      brokerage.exercise(CLIENT, 900, call(590), EXERCISE);
      expect(events.at(-1)).toMatchObject({ code: 322, message: expect.stringContaining('No unlapsed position') as string });
      await place(1, BUY, call(590));
      said();
      brokerage.exercise(CLIENT, 901, call(590), EXERCISE);
      brokerage.exercise(CLIENT, 902, call(590), { ...EXERCISE, exerciseAction: 3 });
      brokerage.exercise(CLIENT, 903, call(590), { ...EXERCISE, exerciseQuantity: 0 });
      brokerage.exercise(CLIENT, 904, call(590), { ...EXERCISE, account: 'DU9' });
      brokerage.exercise(CLIENT, 905, { symbol: 'SPY', secType: 'STK', currency: 'USD' }, EXERCISE);
      expect(said()).toEqual(['error 901 322', 'error 902 322', 'error 903 322', 'error 904 322', 'error 905 322']);
      brokerage.exercise(CLIENT, 906, call(590), { ...EXERCISE, override: true });
      expect(brokerage.positions().map(({ position }) => position)).toEqual([1, 100]);
    }));
});
