import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReplay } from './load-replay.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const TICKS = '34200007,1674100,500,Q,20002020,0\n34200007,1674150,100,P,1,1\r\n34200074,1674200,200,D,80000000,0';

describe('loading', () => {
  it('reads a zipped file of trades, its kind from the name inside', async () => {
    const path = await file('whatever.zip', zipSync({ '20131007_spy_Trade_Tick.csv': strToU8(TICKS) }));
    const data = await loadReplay([path]);
    expect(data).toMatchObject({ symbols: ['SPY'], startAtMs: Date.UTC(2013, 9, 7, 13, 30) });
    expect(data.files[0]?.columns).toEqual({
      kind: 'trade',
      symbol: 'SPY',
      date: '2013-10-07',
      length: 3,
      msOfDay: Uint32Array.of(34_200_007, 34_200_007, 34_200_074),
      price: Float64Array.of(167.41, 167.415, 167.42),
      size: Float64Array.of(500, 100, 200),
      exchange: expect.any(Uint8Array) as Uint8Array,
      conditions: Uint32Array.of(0x20002020, 1, 0x80000000),
      suspicious: Uint8Array.of(0, 1, 0),
    });
  });

  it('takes what the inner name does not say from the outer one', async () => {
    const path = await file('tick-spy-20131007_trade.zip', zipSync({ 'data.csv': strToU8(TICKS) }));
    expect((await loadReplay([path])).symbols).toEqual(['SPY']);
  });

  it('reads plain files, and several days and symbols', async () => {
    const spy = await file('20131007_spy_tick_trade.csv', TICKS);
    const abc = await file('20131004_abc_second_trade.csv', '34200000,100000,110000,90000,95000,1001\n');
    const data = await loadReplay([spy, abc]);
    expect(data.symbols).toEqual(['SPY', 'ABC']);
    expect(data.startAtMs).toBe(Date.UTC(2013, 9, 4, 13, 30));
  });

  it('reads lines that end as they did on old machines, and counts them', async () => {
    const [ticks, bars] = [TICKS, '34200000,100000,110000,90000,95000,1001\r\n34260000,100000,110000,90000,105000,3'].map((text) => text.replaceAll(/\r?\n/gu, '\r'));
    const data = await loadReplay([await file('20131007_spy_tick_trade.csv', ticks ?? ''), await file('20131004_abc_minute_trade.csv', bars ?? '')]);
    expect(data.files.map(({ columns: { symbol, length } }) => [symbol, length])).toEqual([['ABC', 5], ['SPY', 3]]);
    const wrong = await file('20131003_spy_tick_trade.csv', `${ticks ?? ''}\rx`);
    await expect(loadReplay([wrong])).rejects.toThrow('line 4');
  });

  it('turns a bar into trades within it whose sizes add up to its volume', async () => {
    const path = await file('20131004_bar_minute_trade.csv', '34200000,100000,110000,90000,95000,1001\n34260000,100000,110000,90000,105000,3\n');
    const [first] = (await loadReplay([path])).files;
    if (first?.columns.kind !== 'trade') throw new Error('must be trades');
    const { price, size, msOfDay } = first.columns;
    expect([...price]).toEqual([10, 11, 9, 9.5, 10.5]);
    expect([...size]).toEqual([250, 250, 250, 251, 3]);
    expect([...msOfDay]).toEqual([34_200_000, 34_219_999, 34_239_998, 34_259_997, 34_319_997]);
  });

  it('shows the quote of a bar at its end', async () => {
    const path = await file('20131007_spy_second_quote.csv', '34200000,10000,10000,10000,10100,5,10300,10300,10200,10200,6\n34201000,,,,,,10200,10200,10200,10200,7\n');
    const [first] = (await loadReplay([path])).files;
    if (first?.columns.kind !== 'quote') throw new Error('must be quotes');
    const { bid, ask, bidSize, askSize, msOfDay } = first.columns;
    expect([...msOfDay]).toEqual([34_200_000, 34_201_000, 34_202_000]);
    expect([...bid]).toEqual([1, 1.01, Number.NaN]);
    expect([...ask]).toEqual([1.03, 1.02, 1.02]);
    expect([...bidSize]).toEqual([5, 5, Number.NaN]);
    expect([...askSize]).toEqual([6, 6, 7]);
  });

  it('reads quotes by tick', async () => {
    const path = await file('20131007_spy_tick_quote.csv', '34200000,10000,100,10100,200,P,0,0\n34200001,0,0,10100,300,Q,0,0\n');
    const [first] = (await loadReplay([path])).files;
    expect(first?.columns).toMatchObject({ bid: Float64Array.of(1, Number.NaN), askSize: Float64Array.of(200, 300) });
  });
});

describe('refusing', () => {
  it.each([
    ['34200000,1674100,500,Q,0', 'line 1, column 6 (suspicious flag) must be there: the row has too few columns'],
    ['34200000,1674100,500,Q,0,0\n34200001,16741.5,500,Q,0,0', 'line 2, column 2 (price) must be a whole number from 1 to 10000000000, got "16741.5"'],
    ['34200000,0,500,Q,0,0', 'column 2 (price) must be a whole number'],
    ['86400000,1,500,Q,0,0', 'column 1 (milliseconds since midnight) must be a whole number from 0 to 86399999, got "86400000"'],
    ['time,price,size,exchange,conditions,suspicious', 'line 1, column 1 (milliseconds since midnight)'],
    ['34200000,1674100,,Q,0,0', 'column 3 (size) must be a whole number'],
    ['34200000,1674100,500,?,0,0', 'column 4 (exchange) must be an exchange letter'],
    ['34200000,1674100,500,QQ,0,0', 'column 4 (exchange) must be an exchange letter'],
    ['34200000,1674100,500,Q,xyz,0', 'column 5 (sale conditions) must be at most eight hexadecimal digits, got "xyz"'],
    ['34200000,1674100,500,Q,0,2', 'column 6 (suspicious flag) must be a whole number from 0 to 1, got "2"'],
    ['34200000,1674100,500,Q,0,0,9', 'column 7 (one too many) must not be there: the row has too many columns, got "9"'],
    ['34200001,1,1,Q,0,0\n\n34200000,1,1,Q,0,0', 'line 3, column 1 (milliseconds since midnight) must not be before the row above it (34200001), got 34200000'],
    ['', 'must have at least one row'],
  ])('the row %j', async (content, message) => {
    const path = await file('20131007_bad_tick_trade.csv', content);
    await expect(loadReplay([path])).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', message: expect.stringContaining(message) as string });
    await expect(loadReplay([path])).rejects.toThrow('20131007_bad_tick_trade.csv');
  });

  it('a bar whose prices contradict each other', async () => {
    const path = await file('20131007_bad_minute_trade.csv', '34200000,100,90,80,95,5');
    await expect(loadReplay([path])).rejects.toThrow(/must not be above the high of its bar/);
  });

  it.each([['option-universes-20140605.csv'], ['20131007_spy_daily_trade.csv'], ['spy.csv'], ['20131399_spy_tick_trade.csv']])('the name %s', async (name) => {
    const path = await file(name, TICKS);
    await expect(loadReplay([path])).rejects.toThrow(/replay must have a (name|day)/);
  });

  it('files that are not there, and none at all', async () => {
    await expect(loadReplay([join(folder, 'nothing.zip')])).rejects.toThrow(/must be a file that can be read/);
    await expect(loadReplay([])).rejects.toThrow(/must name at least one file/);
  });

  it('archives that are damaged, cut short or without a table', async () => {
    const whole = zipSync({ '20131007_spy_tick_trade.csv': strToU8(TICKS.repeat(100)) });
    const cut = await file('cut.zip', whole.subarray(0, 60));
    await expect(loadReplay([cut])).rejects.toThrow(/must be a complete zip archive|must contain a .csv file|can be unpacked/);
    const broken = Uint8Array.from(whole);
    broken.fill(0xff, 60, 90);
    await expect(loadReplay([await file('broken.zip', broken)])).rejects.toThrow(/broken.zip/);
    const other = await file('other.zip', zipSync({ 'readme.txt': strToU8('hello') }));
    await expect(loadReplay([other])).rejects.toThrow(/must contain a .csv file/);
  });
});
