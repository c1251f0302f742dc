import { describe, expect, it } from 'vitest';
import { sizeByPrediction } from './flow-sizing.js';
import type { SizingFacts } from './flow-sizing.js';

const facts = (signal: string | number, confidence: number, more: Partial<SizingFacts> = {}, stockPrice: number | undefined = 100): SizingFacts => ({
  prediction: { signal, confidence, stockPrice, raw: {} },
  price: 100,
  equity: 1_000_000,
  position: 0,
  ...more,
});

describe('sizeByPrediction', () => {
  it.each<readonly [SizingFacts, number, string]>([
    [facts('bullish', 1), 500, '5.00 % of 1000000 at 100 are 500 shares'],
    [facts('bullish', 0.8), 250, '250 shares, 0 are held'],
    [facts(1, 0.8, { position: 300 }), -50, '250 shares, 300 are held'],
    [facts('bearish', 0.9, { position: 300 }), -300, '0 shares, 300 are held'],
    [facts('bearish', 0.9), 0, '0 shares'],
    [facts('bullish', 0.59, { position: 300 }), 0, 'below 0.6'],
    [facts('sideways', 1), 0, 'neither up nor down'],
    [facts('bullish', 1, {}, 98), 0, 'the price went 2.0 %'],
  ])('%#: %j', (given, change, why) => {
    const decision = sizeByPrediction(given);
    expect(decision.change).toBe(change);
    expect(decision.why).toContain(why);
  });
});
