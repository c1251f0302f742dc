import { ConjunctionConnection, EventName, OptionType, OrderAction, OrderType, PriceCondition, SecType, TimeInForce, TriggerMethod } from '@stoqey/ib';
import type { Contract, IBApi, Order } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import type { Simulator } from './create-simulator.js';
import { withStoqey } from './testing/stoqey-client.js';
import type { Heard } from './testing/stoqey-client.js';

const expectStoqey = withStoqey;
const AAPL: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const BUY: Order = { action: OrderAction.BUY, orderType: OrderType.MKT, totalQuantity: 100, tif: TimeInForce.GTC, account: 'DU1234567', transmit: true };
const SELL: Order = { ...BUY, action: OrderAction.SELL };

/** Waits for a status of an order, with the reason why it is held. */
async function status(heard: Heard, orderId: number, name: string, whyHeld?: string): Promise<readonly unknown[]> {
  return heard.first(EventName.orderStatus, (args) => args[0] === orderId && args[1] === name && (whyHeld === undefined || args[9] === whyHeld));
}

/** Waits until a stop is told for the second time: then it has begun to look at the market. */
async function inPlace(heard: Heard, orderId: number): Promise<void> {
  const held = (): number => heard.all(EventName.orderStatus).filter(([id, name, , , , , , , , whyHeld]) => id === orderId && name === 'PreSubmitted' && whyHeld === 'trigger').length;
  await heard.first(EventName.orderStatus, () => held() >= 2);
}

/** The last orders that the client was shown under an id. */
function shown(heard: Heard, orderId: number): unknown {
  return heard.all(EventName.openOrder).findLast(([id]) => id === orderId)?.[2];
}

async function optionLegs(api: IBApi, heard: Heard, simulator: Simulator): Promise<readonly [number, number]> {
  const conIds: number[] = [];
  api.reqSecDefOptParams(900, 'AAPL', '', SecType.STK, 265598);
  const [, , , , , expirations, strikes] = await heard.first(EventName.securityDefinitionOptionParameter);
  const expiry = Array.isArray(expirations) ? String(expirations[3]) : '';
  const known = Array.isArray(strikes) ? strikes.map(Number) : [];
  const near = simulator.control.quote('AAPL')?.last ?? 0;
  const above = known.filter((strike) => strike > near).slice(0, 2);
  for (const [index, strike] of above.entries()) {
    const option: Contract = { symbol: 'AAPL', secType: SecType.OPT, exchange: 'SMART', currency: 'USD', lastTradeDateOrContractMonth: expiry, strike, right: OptionType.Call };
    api.reqContractDetails(910 + index, option);
    await heard.first(EventName.contractDetailsEnd, ([reqId]) => reqId === 910 + index);
    const [, details] = await heard.first(EventName.contractDetails, ([reqId]) => reqId === 910 + index);
    const isDetails = (value: unknown): value is { readonly contract: { readonly conId: number } } => typeof value === 'object' && value !== null && 'contract' in value;
    if (isDetails(details)) conIds.push(details.contract.conId);
  }
  const [long = 0, short = 0] = conIds;
  return [long, short];
}

describe('a plain @stoqey/ib client', () => {
  it('places a bracket: the parent fills, the children work, one fills and the other is cancelled', () =>
    expectStoqey(async (api, heard, simulator) => {
      simulator.control.setPrice('AAPL', 200);
      api.placeOrder(1, AAPL, { ...BUY, orderType: OrderType.LMT, lmtPrice: 190, transmit: false });
      api.placeOrder(2, AAPL, { ...SELL, orderType: OrderType.LMT, lmtPrice: 220, parentId: 1, transmit: false });
      api.placeOrder(3, AAPL, { ...SELL, orderType: OrderType.STP, auxPrice: 180, parentId: 1, transmit: true });
      await status(heard, 1, 'Submitted');
      await status(heard, 2, 'PreSubmitted', 'child');
      await status(heard, 3, 'PreSubmitted', 'child,trigger');
      expect(shown(heard, 3)).toMatchObject({ parentId: 1, orderType: 'STP', auxPrice: 180, ocaType: 3 });
      simulator.control.setPrice('AAPL', 189);
      await status(heard, 1, 'Filled');
      await status(heard, 2, 'Submitted');
      await status(heard, 3, 'PreSubmitted', 'trigger');
      simulator.control.setPrice('AAPL', 221);
      await status(heard, 2, 'Filled');
      await status(heard, 3, 'Cancelled');
      await heard.first(EventName.error, ([, code, id]) => code === 202 && id === 3);
      expect(simulator.control.state().positions).toEqual([]);
      expect(simulator.control.state().openOrders).toEqual([]);
    }));

  it('places a stop and a trailing stop', () =>
    expectStoqey(async (api, heard, simulator) => {
      simulator.control.setPrice('AAPL', 200);
      api.placeOrder(1, AAPL, { ...SELL, orderType: OrderType.STP_LMT, auxPrice: 150, lmtPrice: 149 });
      api.placeOrder(2, AAPL, { ...SELL, orderType: OrderType.TRAIL, auxPrice: 10 });
      api.placeOrder(3, AAPL, { ...SELL, orderType: OrderType.TRAIL_LIMIT, trailingPercent: 5, trailStopPrice: 190, lmtPriceOffset: 1 });
      for (const id of [1, 2, 3]) await inPlace(heard, id);
      simulator.control.setPrice('AAPL', 300);
      api.reqOpenOrders();
      await heard.first(EventName.openOrderEnd);
      expect(shown(heard, 2)).toMatchObject({ orderType: 'TRAIL', auxPrice: 10, trailStopPrice: 290 });
      expect(shown(heard, 3)).toMatchObject({ orderType: 'TRAIL LIMIT', trailingPercent: 5, trailStopPrice: 285, lmtPrice: 284, lmtPriceOffset: 1 });
      simulator.control.setPrice('AAPL', 289);
      await status(heard, 2, 'Filled');
      simulator.control.setPrice('AAPL', 284.5);
      await status(heard, 3, 'Filled');
      simulator.control.setPrice('AAPL', 149.9);
      await status(heard, 1, 'Filled');
      const prices = heard.all(EventName.execDetails).map(([, , execution]) => execution);
      expect(prices).toHaveLength(3);
    }));

  it('groups orders (OCA), and conditions one on a price', () =>
    expectStoqey(async (api, heard, simulator) => {
      simulator.control.setPrice('AAPL', 200);
      const rest: Order = { ...BUY, orderType: OrderType.LMT, ocaGroup: 'either', ocaType: 1 };
      api.placeOrder(1, AAPL, { ...rest, lmtPrice: 150 });
      api.placeOrder(2, AAPL, { ...rest, lmtPrice: 140 });
      const condition = new PriceCondition(250, TriggerMethod.Last, 265598, 'SMART', true, ConjunctionConnection.AND);
      api.placeOrder(3, AAPL, { ...BUY, conditions: [condition] });
      await status(heard, 2, 'Submitted');
      await status(heard, 3, 'PreSubmitted', '');
      expect(shown(heard, 1)).toMatchObject({ ocaGroup: 'either', ocaType: 1 });
      simulator.control.setPrice('AAPL', 149);
      await status(heard, 1, 'Filled');
      await status(heard, 2, 'Cancelled');
      expect(simulator.control.state().openOrders).toMatchObject([{ orderId: 3 }]);
      simulator.control.setPrice('AAPL', 251);
      await status(heard, 3, 'Filled');
    }));

  it('trades a vertical spread as a combination', () =>
    expectStoqey(async (api, heard, simulator) => {
      const [long, short] = await optionLegs(api, heard, simulator);
      const leg = { ratio: 1, exchange: 'SMART' };
      const comboLegs = [{ ...leg, conId: long, action: OrderAction.BUY }, { ...leg, conId: short, action: OrderAction.SELL }];
      const spread: Contract = { symbol: 'AAPL', secType: SecType.BAG, exchange: 'SMART', currency: 'USD', comboLegs };
      api.placeOrder(1, spread, { ...BUY, totalQuantity: 1, orderType: OrderType.LMT, lmtPrice: 50 });
      await status(heard, 1, 'Filled');
      const [, contract] = await heard.first(EventName.openOrder, ([orderId]) => orderId === 1);
      expect(contract).toMatchObject({ secType: 'BAG', comboLegs: [{ conId: long, ratio: 1, action: 'BUY' }, { conId: short, ratio: 1, action: 'SELL' }] });
      await heard.first(EventName.commissionReport, ([report]) => typeof report === 'object');
      const ids = heard.all(EventName.execDetails).map(([, , execution]) => (typeof execution === 'object' && execution !== null && 'execId' in execution ? String(execution.execId) : ''));
      expect(ids.map((id) => id.split('.').length)).toEqual([4, 5, 5]);
      expect(simulator.control.state().positions.map(({ position, instrument }) => [instrument.conId, position])).toEqual([[long, 1], [short, -1]]);
      api.placeOrder(2, spread, { ...SELL, totalQuantity: 1, orderType: OrderType.LMT, lmtPrice: -20, whatIf: true });
      await heard.first(EventName.openOrder, ([orderId]) => orderId === 2);
      api.reqCompletedOrders(false);
      await heard.first(EventName.completedOrdersEnd);
      expect(heard.all(EventName.completedOrder)).toHaveLength(1);
    }));

  it('hears of a corrected execution', () =>
    expectStoqey(async (api, heard, simulator) => {
      api.placeOrder(1, AAPL, { ...BUY, totalQuantity: 10 });
      await status(heard, 1, 'Filled');
      const { execId = '', price = 0 } = simulator.control.state().executions[0] ?? {};
      simulator.control.correctExecution(execId, price + 1);
      await heard.first(EventName.execDetails, ([, , execution]) => typeof execution === 'object' && execution !== null && 'execId' in execution && execution.execId === execId.replace(/01$/, '02'));
      await heard.first(EventName.commissionReport, ([report]) => typeof report === 'object' && report !== null && 'execId' in report && report.execId === execId.replace(/01$/, '02'));
      expect(heard.all(EventName.execDetails)).toHaveLength(2);
    }));
});
