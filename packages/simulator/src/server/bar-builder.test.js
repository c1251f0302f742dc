import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BarBuilder } from './bar-builder.js';
function build(nowMs, price) {
    const bars = [];
    const builder = new BarBuilder({ lengthMs: 5_000, nowMs, price, onBar: (bar) => bars.push(bar) });
    return { builder, bars };
}
describe('BarBuilder', () => {
    it('collects prices between multiples of its length', () => {
        const { builder, bars } = build(10_000);
        builder.add(10_000, 5, 10);
        builder.add(12_000, 7, 30);
        builder.add(14_999, 6, 0);
        builder.add(15_000, 8, 1);
        expect(bars).toEqual([{ startMs: 10_000, open: 5, high: 7, low: 5, close: 6, volume: 40, wap: 6.5, count: 2 }]);
    });
    it('leaves out the bar that it has not seen from its start', () => {
        const { builder, bars } = build(10_001);
        builder.add(11_000, 5, 10);
        builder.add(16_000, 6, 10);
        builder.advance(20_000);
        expect(bars.map(({ startMs }) => startMs)).toEqual([15_000]);
    });
    it('repeats the last price through quiet spans, and says nothing before the first price', () => {
        const quiet = build(10_000, 42);
        quiet.builder.advance(20_000);
        expect(quiet.bars).toEqual([10_000, 15_000].map((startMs) => ({ startMs, open: 42, high: 42, low: 42, close: 42, volume: 0, wap: 42, count: 0 })));
        const unknown = build(10_000);
        unknown.builder.advance(60_000);
        expect(unknown.bars).toEqual([]);
    });
    it('loses no volume and keeps every price between low and high', () => {
        fc.assert(fc.property(fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 12_000 }), price: fc.integer({ min: 1, max: 1_000 }), size: fc.integer({ min: 1, max: 500 }) }), { maxLength: 60 }), (trades) => {
            const { builder, bars } = build(0);
            let atMs = 0;
            for (const { gapMs, price, size } of trades) {
                atMs += gapMs;
                builder.add(atMs, price, size);
            }
            builder.advance(atMs + 5_000);
            expect(bars.reduce((sum, { volume }) => sum + volume, 0)).toBe(trades.reduce((sum, { size }) => sum + size, 0));
            expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(trades.length);
            for (const { open, high, low, close, wap } of bars) {
                for (const price of [open, close])
                    expect(price >= low && price <= high).toBe(true);
                expect(wap).toBeGreaterThanOrEqual(low - 1e-9);
                expect(wap).toBeLessThanOrEqual(high + 1e-9);
            }
        }));
    });
});
