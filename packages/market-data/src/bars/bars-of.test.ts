import { describe, expect, it } from 'vitest';
import { BarGrid } from './bar-grid.js';
import type { BarSpan, SessionFinder } from './bar-grid.js';
import { tickBars, timeBars, volumeBars } from './bars-of.js';
import type { BarInput, TickBarItem } from './tick-bar.js';
import { TimeZone } from '@ibkit/clock';

const NEW_YORK = new TimeZone('America/New_York');
const DAY = '2026-05-20';
const at = (clock: string, date = DAY): number => {
  const [hours = 0, minutes = 0, seconds = 0] = clock.split(':').map(Number);
  return NEW_YORK.instantOf(date, ((hours * 60 + minutes) * 60 + seconds) * 1000);
};
const trade = (clock: string, price: number, size = 100, more: { readonly unreported?: boolean; readonly pastLimit?: boolean; readonly date?: string } = {}): BarInput => ({
  type: 'trade', time: at(clock, more.date), price, size, unreported: more.unreported, pastLimit: more.pastLimit,
});

/** The regular session of every day. */
const regular: SessionFinder = (atMs) => {
  const date = NEW_YORK.dateOf(atMs);
  const span: BarSpan = { fromMs: at('9:30', date), toMs: at('16:00', date) };
  return span.fromMs <= atMs && atMs < span.toMs ? span : 'closed';
};

async function all(bars: AsyncIterable<TickBarItem>): Promise<readonly TickBarItem[]> {
  const items: TickBarItem[] = [];
  for await (const item of bars) items.push(item);
  return items;
}

const wall = (ms: number): string => {
  const { hour, minute } = NEW_YORK.read(ms);
  return `${hour}:${String(minute).padStart(2, '0')}`;
};
const short = (items: readonly TickBarItem[]): readonly string[] =>
  items.map((item) => (item.type === 'gap' ? 'gap' : `${wall(item.time)}-${wall(item.endMs)} ${item.open}/${item.high}/${item.low}/${item.close} v${item.volume} ${item.flaw ?? 'whole'} ${item.endedBy}`));

describe('time bars of a session', () => {
  it('lie on the wall clock, begin and end with the session, and leave out what is outside', async () => {
    const input = [trade('9:29:59', 1), trade('9:30', 10), trade('9:59:59', 12), trade('10:00', 11), trade('15:59:59', 20), trade('16:00', 99), trade('9:30', 30, 100, { date: '2026-05-21' })];
    const bars = await all(timeBars(input, { size: '1 hour', timeZone: 'America/New_York', sessions: regular, fromMs: at('4:00'), toMs: at('9:31', '2026-05-21') }));
    expect(short(bars)).toEqual([
      '9:30-10:00 10/12/10/12 v200 whole trade',
      '10:00-11:00 11/11/11/11 v100 whole trade',
      '15:00-16:00 20/20/20/20 v100 whole trade',
      '9:30-10:00 30/30/30/30 v100 end end',
    ]);
  });

  it('are filled within sessions only', async () => {
    const input = [trade('15:40', 10), trade('15:59', 11), trade('9:35', 12, 100, { date: '2026-05-22' })];
    const bars = await all(timeBars(input, { size: '10 mins', timeZone: NEW_YORK, sessions: regular, empty: 'fill' }));
    expect(short(bars)).toEqual([
      '15:40-15:50 10/10/10/10 v100 start trade',
      '15:50-16:00 11/11/11/11 v100 whole trade',
      '9:30-9:40 12/12/12/12 v100 end end',
    ]);
    const quiet = await all(timeBars([trade('9:31', 10), trade('9:59', 11)], { size: '10 mins', timeZone: NEW_YORK, sessions: regular, empty: 'fill', toMs: at('10:10') }));
    expect(short(quiet)).toEqual(['9:30-9:40 10/10/10/10 v100 start trade', '9:40-9:50 10/10/10/10 v0 whole trade', '9:50-10:00 11/11/11/11 v100 whole end', '10:00-10:10 11/11/11/11 v0 whole trade']);
  });

  it('leave out what the server leaves out: trades that were not reported; the limit of the day is no reason', async () => {
    const input = [trade('10:00', 10), trade('10:00:01', 99, 5, { unreported: true }), trade('10:00:02', 8, 100, { pastLimit: true })];
    const bars = (options: object) => all(timeBars(input, { size: '1 min', timeZone: NEW_YORK, ...options })).then(short);
    await expect(bars({})).resolves.toEqual(['10:00-10:01 10/10/8/8 v200 start end']);
    await expect(bars({ unreported: 'count' })).resolves.toEqual(['10:00-10:01 10/99/8/8 v205 start end']);
    await expect(bars({ pastLimit: 'skip' })).resolves.toEqual(['10:00-10:01 10/10/10/10 v100 start end']);
  });

  it('know holes of the past by their times: a night without trades flags nothing', async () => {
    const night: BarInput = { type: 'gap', fromMs: at('10:01'), toMs: at('9:30', '2026-05-21') };
    const hole: BarInput = { type: 'gap', fromMs: at('10:00:30'), toMs: at('10:02:30') };
    const known = { size: '1 min', timeZone: NEW_YORK, fromMs: at('9:30'), empty: 'fill' } as const;
    await expect(all(timeBars([trade('10:00', 10), night, trade('9:30', 11, 100, { date: '2026-05-21' })], { ...known, sessions: regular })).then(short)).resolves.toEqual([
      'gap', '10:00-10:01 10/10/10/10 v100 whole trade', '9:30-9:31 11/11/11/11 v100 end end',
    ]);
    await expect(all(timeBars([trade('10:00', 10), hole, trade('10:04', 11)], known)).then(short)).resolves.toEqual([
      'gap', '10:00-10:01 10/10/10/10 v100 gap trade', '10:03-10:04 10/10/10/10 v0 whole trade', '10:04-10:05 11/11/11/11 v100 end end',
    ]);
  });

  it('work on any trades, also synchronous ones, and end when the reader leaves', async () => {
    let closed = false;
    function* endless(): Generator<BarInput, void> {
      try {
        for (let second = 0; ; second += 1) yield { type: 'trade', time: second * 1000, price: 1, size: 1 };
      } finally {
        closed = true;
      }
    }
    for await (const bar of timeBars(endless(), { size: 60_000 })) {
      expect(bar).toMatchObject({ time: 0, endMs: 60_000, count: 60 });
      break;
    }
    expect(closed).toBe(true);
  });
});

describe('the grid', () => {
  const slots = (date: string, clocks: readonly number[], hours: number): readonly (readonly [number, number])[] => {
    const midnight = NEW_YORK.instantOf(date, 0);
    const grid = new BarGrid({ sizeMs: hours * 3_600_000, timeZone: NEW_YORK, sessions: () => 'unknown' });
    return clocks.map((hour) => {
      const slot = grid.slotAt(midnight + hour * 3_600_000);
      return [((slot?.fromMs ?? 0) - midnight) / 3_600_000, ((slot?.toMs ?? 0) - midnight) / 3_600_000];
    });
  };

  it('has no hole and no overlap where the clocks change', () => {
    // 2 o'clock does not exist: 4 o'clock is three hours after midnight.
    expect(slots('2026-03-08', [0.5, 1.5, 2.5, 3.5], 1)).toEqual([[0, 1], [1, 2], [2, 3], [3, 4]]);
    expect(slots('2026-03-08', [0, 1.9, 2, 2.9, 3, 5.5], 2)).toEqual([[0, 2], [0, 2], [2, 3], [2, 3], [3, 5], [5, 7]]);
    // 1 o'clock comes twice: 4 o'clock is five hours after midnight.
    expect(slots('2026-11-01', [0.5, 1.5, 2.5, 3.5], 1)).toEqual([[0, 1], [1, 2], [2, 3], [3, 4]]);
    expect(slots('2026-11-01', [0.5, 1.5, 2.5, 4.9, 5, 24.5], 2)).toEqual([[0, 2], [0, 2], [2, 4], [4, 5], [5, 7], [23, 25]]);
  });

  it('cuts the last interval of a day at midnight', () => {
    const grid = new BarGrid({ sizeMs: 7 * 3_600_000, timeZone: NEW_YORK, sessions: () => 'unknown' });
    const slot = grid.slotAt(at('23:00'));
    expect([wall(slot?.fromMs ?? 0), slot?.toMs]).toEqual(['21:00', at('0:00', '2026-05-21')]);
  });
});

describe('tick and volume bars of a session', () => {
  const input = [trade('15:59', 10), trade('16:00:30', 99), trade('9:30', 11, 100, { date: '2026-05-21' }), trade('9:31', 12, 100, { date: '2026-05-21' })];

  it('end with it', async () => {
    await expect(all(tickBars(input, { size: 2, sessions: regular })).then(short)).resolves.toEqual(['15:59-15:59 10/10/10/10 v100 whole session', '9:30-9:31 11/12/11/12 v200 whole size']);
    const night: BarInput = { type: 'gap', fromMs: at('16:00'), toMs: at('9:30', '2026-05-21') };
    const [before, , after] = input;
    await expect(all(volumeBars([before, night, after].filter((item) => item !== undefined), { size: 500, sessions: regular })).then(short)).resolves.toEqual([
      '15:59-15:59 10/10/10/10 v100 whole session', 'gap', '9:30-9:30 11/11/11/11 v100 end end',
    ]);
  });

  it('divide a trade among bars when asked to, and stop where that makes no sense', async () => {
    const [whole] = await all(volumeBars([trade('10:00', 10, 250)], { size: 100 }));
    expect(whole).toMatchObject({ volume: 250, count: 1, endedBy: 'size' });
    const parts = await all(volumeBars([trade('10:00', 10, 250), trade('10:00', 20, 50)], { size: 100, split: true }));
    expect(parts).toMatchObject([{ volume: 100, count: 1, wap: 10 }, { volume: 100, count: 0, wap: 10 }, { volume: 100, count: 1, wap: 15, complete: true }]);
    const absurd = await all(volumeBars([trade('10:00', 10, 1e15)], { size: 1, split: true }));
    expect(absurd).toHaveLength(10_001);
  });
});

describe('options', () => {
  it.each([
    [() => timeBars([], { size: '1 day' }), 'size must be 8 hours or shorter'],
    [() => timeBars([], { size: 1500 }), 'size must be whole seconds'],
    [() => timeBars([], { size: 0 }), 'size must be whole seconds'],
    [() => timeBars([], { size: '1 min', lateMs: -1 }), 'lateMs must be a number of milliseconds'],
    [() => timeBars([], { size: '1 min', timeZone: 'Mars/Base' }), 'timeZone must be an IANA zone'],
    [() => tickBars([], { size: 1.5 }), 'size must be a whole number'],
    [() => volumeBars([], { size: 0 }), 'size must be a number above 0'],
    [() => volumeBars([], { size: Number.NaN }), 'size must be a number above 0'],
  ])('are checked at once (%#)', (run, message) => {
    expect(run).toThrow(message);
  });
});
