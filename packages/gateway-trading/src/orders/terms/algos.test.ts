import { describe, expect, it } from 'vitest';
import { adaptiveAlgo, arrivalPriceAlgo, twapAlgo, vwapAlgo } from './algos.js';

describe('algorithms of the broker', () => {
  it('have the name and the parameters that the broker knows them by', () => {
    expect([adaptiveAlgo(), adaptiveAlgo('Urgent')]).toEqual([{ strategy: 'Adaptive', params: { adaptivePriority: 'Normal' } }, { strategy: 'Adaptive', params: { adaptivePriority: 'Urgent' } }]);
    expect(twapAlgo()).toEqual({ strategy: 'Twap', params: { strategyType: 'Marketable', allowPastEndTime: false } });
    expect(vwapAlgo({ maxPctVol: 0.2, noTakeLiq: true })).toEqual({ strategy: 'Vwap', params: { maxPctVol: 0.2, allowPastEndTime: false, noTakeLiq: true } });
    expect(arrivalPriceAlgo({ riskAversion: 'Get Done' })).toEqual({ strategy: 'ArrivalPx', params: { maxPctVol: 0.1, riskAversion: 'Get Done', allowPastEndTime: false, forceCompletion: false } });
  });

  it.each([twapAlgo, vwapAlgo, arrivalPriceAlgo])('begin and end when they are told to, and refuse a time that is unclear', (algo) => {
    const times = { startTime: Date.parse('2026-11-20T15:00:00Z'), endTime: '20261120 15:30:00 America/New_York', allowPastEndTime: true };
    expect(algo(times).params).toMatchObject({ startTime: '20261120-15:00:00', endTime: '20261120-20:30:00', allowPastEndTime: true });
    expect(() => algo({ startTime: 'at ten' })).toThrow(/algo\.startTime/);
  });
});
