import { BarSizeSetting, EventName, SecType, WhatToShow } from '@stoqey/ib';
import type { Contract, IBApi } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import { withStoqey } from './testing/stoqey-client.js';
import type { Heard } from './testing/stoqey-client.js';

const AAPL: Contract = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
/** Wednesday, in the regular session. */
const START = Date.UTC(2024, 6, 3, 15);

/** The bars that the client has read, without its own end marker: time, open, high, low, close, volume, count, average price. */
async function barsOf(heard: Heard, api: IBApi, reqId: number, size: BarSizeSetting, duration: string): Promise<readonly (readonly unknown[])[]> {
  api.reqHistoricalData(reqId, AAPL, '', duration, size, WhatToShow.TRADES, 1, 2, false);
  await heard.first(EventName.historicalData, ([id, time]) => id === reqId && typeof time === 'string' && time.startsWith('finished'));
  return heard.all(EventName.historicalData).filter(([id, time]) => id === reqId && !String(time).startsWith('finished'));
}

function sum(bars: readonly (readonly unknown[])[], column: number): number {
  return bars.reduce((total, bar) => total + Number(bar[column]), 0);
}

describe('a plain @stoqey/ib client', () => {
  const expectStoqey = withStoqey;

  it('reads bars that add up', () =>
    expectStoqey(
      async (api, heard, simulator) => {
        simulator.clock.pause();
        const minutes = await barsOf(heard, api, 1, BarSizeSetting.MINUTES_ONE, '1 D');
        const [today] = await barsOf(heard, api, 2, BarSizeSetting.DAYS_ONE, '1 D');
        expect(minutes).toHaveLength(91);
        expect(today?.[1]).toBe('20240703');
        expect(sum(minutes, 6)).toBe(today?.[6]);
        expect(sum(minutes, 7)).toBe(today?.[7]);
        expect(Math.max(...minutes.map((bar) => Number(bar[3])))).toBe(today?.[3]);
        expect(minutes[0]?.[2]).toBe(today?.[2]);
        expect((await barsOf(heard, api, 3, BarSizeSetting.DAYS_ONE, '1 Y')).length).toBeGreaterThan(248);
      },
      { startAtMs: START },
    ));

  it('follows a bar that goes on', () =>
    expectStoqey(
      async (api, heard, simulator) => {
        api.reqHistoricalData(4, AAPL, '', '1800 S', BarSizeSetting.MINUTES_FIVE, WhatToShow.TRADES, 1, 2, true);
        await heard.first(EventName.historicalData, ([id, time]) => id === 4 && String(time).startsWith('finished'));
        simulator.clock.advance(5_000);
        const [, time] = await heard.first(EventName.historicalDataUpdate, ([id]) => id === 4);
        expect(time).toBe(String(START / 1_000));
        api.cancelHistoricalData(4);
        await heard.first(EventName.error, ([, code, id]) => code === 162 && id === 4);
      },
      { startAtMs: START },
    ));
});
