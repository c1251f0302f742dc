import { EventName } from '@stoqey/ib';
import { createTextCodec } from '@ibkit/wire';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import { Ours, Untouched } from '../testing/api-twins.js';

/** The last arguments of an event, as the untouched library and as the face tell it. */
function both(serverVersion: number, name: EventName, message: ServerMessage): { readonly theirs: readonly unknown[]; readonly ours: readonly unknown[] } {
  const payload = createTextCodec({ serverVersion }).encodeServer(message).subarray(4);
  const listen = (side: Untouched | Ours): readonly unknown[] => {
    const heard: unknown[] = [];
    const api = side instanceof Ours ? side.face.api : side.api;
    const listener = (...args: unknown[]): void => void heard.push(...args);
    Reflect.apply(Reflect.get(api, 'on'), api, [name, listener]);
    side.feed(payload);
    return heard;
  };
  return { theirs: listen(new Untouched(serverVersion)), ours: listen(new Ours(serverVersion)) };
}

const contract = { conId: 7, symbol: 'ES', secType: 'FUT', exchange: 'CME', currency: 'USD' } as const;

describe('what the library decodes wrongly', () => {
  it('is right for the attributes of a price', () => {
    const { theirs, ours } = both(193, EventName.tickPrice, { type: 'tickPrice', reqId: 1, tickType: 2, price: 10, size: 1, attrMask: 2 });
    expect(theirs).toEqual([1, 2, 10, true]);
    expect(ours).toEqual([1, 2, 10, false]);
  });

  it('is right for the size of a bid', () => {
    const { theirs, ours } = both(193, EventName.tickSize, { type: 'tickPrice', reqId: 1, tickType: 1, price: 10, size: 300, attrMask: 1 });
    expect(theirs).toEqual([]);
    expect(ours).toEqual([1, 0, 300]);
  });

  it('is right for the smallest price step', () => {
    const { theirs, ours } = both(193, EventName.tickReqParams, { type: 'tickReqParams', reqId: 1, minTick: 0.01, bboExchange: '9c0001', snapshotPermissions: 3 });
    expect(theirs).toEqual([1, 0, '9c0001', 3]);
    expect(ours).toEqual([1, 0.01, '9c0001', 3]);
  });

  it('is right for a contract without a multiplier', () => {
    const { theirs, ours } = both(193, EventName.position, { type: 'position', account: 'DU1', contract, position: 1, avgCost: 2 });
    expect(theirs[1]).toMatchObject({ conId: 7, multiplier: 0 });
    expect(ours[1]).toMatchObject({ conId: 7, multiplier: undefined });
    const fifty = both(193, EventName.position, { type: 'position', account: 'DU1', contract: { ...contract, multiplier: '50' }, position: 1, avgCost: 2 });
    expect(fifty.ours).toEqual(fifty.theirs);
  });

  it('is right for the last trade date of a future', () => {
    const details = { contract: { ...contract, lastTradeDateOrContractMonth: '20250620 08:30:00 US/Central', multiplier: '50' }, minTick: 0.25 };
    const { theirs, ours } = both(193, EventName.contractDetails, { type: 'contractDetails', reqId: 1, details });
    expect(theirs[1]).toMatchObject({ contract: { lastTradeDateOrContractMonth: '20250620 08:30:00 US/Central' } });
    expect(ours[1]).toMatchObject({ contract: { lastTradeDateOrContractMonth: '20250620' }, lastTradeTime: '08:30:00' });
  });

  it.each([157, 176, 177, 193])('is right for a completed order at server version %i', (serverVersion) => {
    const order = { action: 'BUY', totalQuantity: 1, orderType: 'LMT', modelCode: 'model', goodTillDate: '20250101', ...(serverVersion < 177 ? { faProfile: 'profile' } : {}) } as const;
    const message: ServerMessage = { type: 'completedOrder', contract, order, orderState: { status: 'Filled' } };
    const { theirs, ours } = both(serverVersion, EventName.completedOrder, message);
    expect(ours[1]).toMatchObject(order);
    expect(ours[2]).toMatchObject({ status: 'Filled' });
    // Nobody hears of it from the library when the missed field makes the message too long or too short.
    const wrong = serverVersion < 177;
    expect(theirs[1] !== undefined && Reflect.get(Object(theirs[1]), 'modelCode') === 'model').toBe(!wrong);
  });
});
