import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickBars, timeBars, volumeBars } from './bars-of.js';
import type { BarInput, BarTrade, TickBar, TickBarItem } from './tick-bar.js';

const SIZE_MS = 10_000;

async function all(bars: AsyncIterable<TickBarItem>): Promise<readonly TickBarItem[]> {
  const items: TickBarItem[] = [];
  for await (const item of bars) items.push(item);
  return items;
}

const isBar = (item: TickBarItem): item is TickBar => item.type === 'bar';
const isTrade = (item: BarInput): item is BarTrade => item.type === 'trade';

/** Trades in order of time, some of which do not count, with holes in between. */
const inputs: fc.Arbitrary<readonly BarInput[]> = fc
  .array(
    fc.record({
      waitMs: fc.constantFrom(0, 0, 0, 1000, 2000, 7000, 31_000),
      price: fc.integer({ min: 1, max: 500 }).map((cents) => cents / 100),
      size: fc.integer({ min: 1, max: 900 }),
      unreported: fc.boolean(),
      kind: fc.constantFrom('trade', 'trade', 'trade', 'trade', 'trade', 'gap' as const),
    }),
    { maxLength: 80 },
  )
  .map((steps) => {
    let time = 1_700_000_000_000;
    return steps.map(({ waitMs, price, size, unreported, kind }): BarInput => {
      time += waitMs;
      return kind === 'gap' ? { type: 'gap', fromMs: time - 1, toMs: time, reason: 'the session ended' } : { type: 'trade', time, price, size, unreported };
    });
  });

const counted = (input: readonly BarInput[]): readonly BarTrade[] => input.filter(isTrade).filter(({ unreported }) => unreported !== true);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The bar of some trades, by the words of the definition. */
function barOf(trades: readonly BarTrade[]): Partial<TickBar> {
  const prices = trades.map(({ price }) => price);
  const volume = sum(trades.map(({ size }) => size));
  return {
    open: prices[0] ?? 0,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? 0,
    volume,
    wap: expect.closeTo(sum(trades.map(({ price, size }) => price * size)) / volume, 9) as number,
    count: trades.length,
  };
}

describe('time bars', () => {
  it('are the trades of each interval, no more and no less, with holes at their places', () =>
    fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const items = await all(timeBars(input, { size: SIZE_MS }));
        const slots = new Map<number, BarTrade[]>();
        for (const trade of counted(input)) {
          const begin = Math.floor(trade.time / SIZE_MS) * SIZE_MS;
          slots.set(begin, [...(slots.get(begin) ?? []), trade]);
        }
        const bars = items.filter(isBar);
        expect(bars).toEqual([...slots].map(([time, trades]) => expect.objectContaining({ time, endMs: time + SIZE_MS, ...barOf(trades), lateTrades: 0 }) as unknown));
        expect(items.filter((item) => !isBar(item))).toEqual(input.filter((item) => item.type === 'gap'));
      }),
    ));

  it('are complete exactly when nothing can be missing: not the first, none that a hole touches, not the one that is cut at the end', () =>
    fc.assert(
      fc.asyncProperty(inputs, fc.boolean(), async (input, known) => {
        const trades = counted(input);
        const endMs = input.reduce((latest, item) => (item.type === 'trade' ? item.time : latest), 0);
        const bars = (await all(timeBars(input, known ? { size: SIZE_MS, fromMs: 0 } : { size: SIZE_MS }))).filter(isBar);
        const touched = new Set<number>();
        const slotOf = ({ time }: BarTrade): number => Math.floor(time / SIZE_MS) * SIZE_MS;
        input.forEach((item, index) => {
          if (item.type !== 'gap') return;
          const before = input.slice(0, index).filter(isTrade);
          const beforeCounted = counted(before).at(-1);
          // A bar whose time was over before the hole has nothing to do with it.
          const openSlot = beforeCounted !== undefined && (before.at(-1)?.time ?? 0) < slotOf(beforeCounted) + SIZE_MS ? slotOf(beforeCounted) : undefined;
          const next = counted(input.slice(index + 1))[0];
          if (openSlot !== undefined) touched.add(openSlot);
          if (next !== undefined) touched.add(slotOf(next));
        });
        const first = trades[0];
        const expected = bars.map(({ time, endMs: end }) => {
          if (!known && first !== undefined && time === slotOf(first)) return 'start';
          if (touched.has(time)) return 'gap';
          return end > endMs ? 'end' : undefined;
        });
        expect(bars.map(({ flaw }) => flaw)).toEqual(expected);
        expect(bars.map(({ complete }) => complete)).toEqual(expected.map((flaw) => flaw === undefined));
      }),
    ));

  it('lose no trade that comes late by less than they wait, and count those that come later', () =>
    fc.assert(
      fc.asyncProperty(inputs, fc.array(fc.nat({ max: 12 }), { maxLength: 80 }), fc.constantFrom(0, 5000, 40_000), async (input, delays, lateMs) => {
        // Some trades are told a few places later than they happened.
        const trades = counted(input).map((trade, index) => ({ trade, place: index + (delays[index] ?? 0) })).sort((a, b) => a.place - b.place).map(({ trade }) => trade);
        const bars = (await all(timeBars(trades, { size: SIZE_MS, lateMs }))).filter(isBar);
        const mayBeLate = trades.filter((trade, index) => {
          const seenMs = Math.max(0, ...trades.slice(0, index).map(({ time }) => time));
          return Math.floor(trade.time / SIZE_MS) * SIZE_MS + SIZE_MS + lateMs <= seenMs;
        });
        const lateTrades = sum(bars.map((bar) => bar.lateTrades));
        expect(lateTrades).toBeLessThanOrEqual(mayBeLate.length);
        expect(sum(bars.map(({ count }) => count))).toBe(trades.length - lateTrades);
        expect(bars.map(({ time }) => time)).toEqual(bars.map(({ time }) => time).toSorted((a, b) => a - b));
        expect(new Set(bars.map(({ time }) => time)).size).toBe(bars.length);
        const merged = (await all(timeBars(trades, { size: SIZE_MS, lateMs, late: 'current' }))).filter(isBar);
        expect(sum(merged.map(({ volume }) => volume))).toBe(sum(trades.map(({ size }) => size)));
      }),
    ));

  it('fill every interval between two trades when asked to, but none next to a hole', () =>
    fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const items = await all(timeBars(input, { size: SIZE_MS, empty: 'fill' }));
        const plain = (await all(timeBars(input, { size: SIZE_MS }))).filter(isBar);
        const bars = items.filter(isBar);
        expect(bars.filter(({ count }) => count > 0)).toEqual(plain);
        const holedSlots = new Set(
          input.flatMap((item, index) => {
            const next = counted(input.slice(index + 1))[0];
            return item.type === 'gap' && next !== undefined ? [Math.floor(next.time / SIZE_MS) * SIZE_MS] : [];
          }),
        );
        bars.slice(1).forEach((bar, index) => {
          const before = bars[index];
          const meets = before?.endMs === bar.time;
          expect(meets || holedSlots.has(bar.time)).toBe(true);
        });
        expect(bars.filter(({ count }) => count === 0).every(({ open, high, low, close, volume, complete }) => open === high && low === close && open === low && volume === 0 && complete)).toBe(true);
      }),
    ));
});

describe('tick bars', () => {
  it('have so many trades each, in their order, and the rest in the last', () =>
    fc.assert(
      fc.asyncProperty(inputs, fc.integer({ min: 1, max: 7 }), async (input, size) => {
        const bars = (await all(tickBars(input, { size }))).filter(isBar);
        const trades = counted(input);
        const chunks = Array.from({ length: Math.ceil(trades.length / size) }, (_, index) => trades.slice(index * size, (index + 1) * size));
        expect(bars).toEqual(chunks.map((chunk) => expect.objectContaining({ ...barOf(chunk), time: chunk[0]?.time, endMs: chunk.at(-1)?.time, endedBy: chunk.length === size ? 'size' : 'end' }) as unknown));
        expect(bars.slice(0, -1).filter(({ complete, flaw }) => complete === (flaw === 'gap'))).toEqual([]);
      }),
    ));
});

describe('volume bars', () => {
  it('have at least their volume, and no trade that they could do without', () =>
    fc.assert(
      fc.asyncProperty(inputs, fc.integer({ min: 1, max: 2000 }), async (input, size) => {
        const bars = (await all(volumeBars(input, { size }))).filter(isBar);
        const groups: BarTrade[][] = [[]];
        for (const trade of counted(input)) {
          groups.at(-1)?.push(trade);
          if (sum((groups.at(-1) ?? []).map((one) => one.size)) >= size) groups.push([]);
        }
        const chunks = groups.filter((group) => group.length > 0);
        expect(bars).toEqual(chunks.map((chunk) => expect.objectContaining(barOf(chunk)) as unknown));
      }),
    ));

  it('have exactly their volume when trades may be divided, with every share in one bar and every trade counted once', () =>
    fc.assert(
      fc.asyncProperty(inputs, fc.integer({ min: 1, max: 2000 }), fc.constantFrom(1, 0.1, 0.001), async (input, units, unit) => {
        const size = Number((units * unit).toFixed(3));
        const scaled = input.map((item) => (item.type === 'trade' ? { ...item, size: Number((item.size * unit).toFixed(3)) } : item));
        const trades = counted(scaled);
        const bars = (await all(volumeBars(scaled, { size, split: true }))).filter(isBar);
        expect(bars.slice(0, -1).map(({ volume }) => volume)).toEqual(bars.slice(0, -1).map(() => size));
        expect(bars.at(-1)?.volume ?? 0).toBeLessThanOrEqual(size);
        expect(sum(bars.map(({ volume }) => volume))).toBeCloseTo(sum(trades.map((trade) => trade.size)), 6);
        expect(sum(bars.map(({ volume, wap }) => volume * wap))).toBeCloseTo(sum(trades.map((trade) => trade.size * trade.price)), 4);
        expect(sum(bars.map(({ count }) => count))).toBe(trades.length);
      }),
    ));
});
