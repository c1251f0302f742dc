import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessagePacer } from './message-pacer.js';
function setUp(mode, perSecond) {
    const clock = createTestClock();
    const processed = [];
    const violations = [];
    const delays = [];
    const pacer = new MessagePacer({
        mode,
        perSecond,
        clock,
        process: (payload) => processed.push({ id: payload[0] ?? 0, atMs: clock.monotonic() }),
        onViolation: (count) => violations.push(count),
        onDelay: (delayed) => delays.push(delayed),
    });
    return { clock, pacer, processed, violations, delays };
}
describe('MessagePacer', () => {
    it('lets everything through when off', () => {
        const { pacer, processed } = setUp('off', 1);
        for (let id = 0; id < 100; id += 1)
            pacer.push(Uint8Array.of(id));
        expect(processed).toHaveLength(100);
    });
    it('counts what is too much when strict, and forgives after a second', async () => {
        const { clock, pacer, processed, violations } = setUp('strict', 3);
        for (let id = 0; id < 5; id += 1)
            pacer.push(Uint8Array.of(id));
        expect(processed.map(({ id }) => id)).toEqual([0, 1, 2]);
        expect(violations).toEqual([1, 2]);
        await clock.advance(1_000);
        pacer.push(Uint8Array.of(9));
        expect(processed.at(-1)?.id).toBe(9);
    });
    it('delays in order when pacing, and says when reading should wait', async () => {
        const { clock, pacer, processed, delays } = setUp('pace', 2);
        for (let id = 0; id < 5; id += 1)
            pacer.push(Uint8Array.of(id));
        expect(processed).toHaveLength(2);
        expect(delays).toEqual([true]);
        await clock.advance(1_000);
        expect(processed).toHaveLength(4);
        await clock.advance(1_000);
        expect(processed.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
        expect(delays).toEqual([true, false]);
        expect(clock.pending).toBe(0);
    });
    it('forgets what waits when closed', async () => {
        const { clock, pacer, processed } = setUp('pace', 1);
        pacer.push(Uint8Array.of(0));
        pacer.push(Uint8Array.of(1));
        pacer.close();
        await clock.advance(5_000);
        expect(processed).toHaveLength(1);
        expect(clock.pending).toBe(0);
    });
    it('never lets more than the limit through in any sliding second, and loses nothing', async () => {
        await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 }), async (perSecond, gaps) => {
            const { clock, pacer, processed } = setUp('pace', perSecond);
            for (const [id, gap] of gaps.entries()) {
                await clock.advance(gap);
                pacer.push(Uint8Array.of(id));
            }
            await clock.advance(60_000);
            expect(processed.map(({ id }) => id)).toEqual(gaps.map((_, id) => id));
            for (const { atMs } of processed) {
                expect(processed.filter((other) => other.atMs > atMs - 1_000 && other.atMs <= atMs).length).toBeLessThanOrEqual(perSecond);
            }
        }), { numRuns: 50 });
    });
});
