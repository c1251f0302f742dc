import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadReplay } from './load-replay.js';

const OPEN_MS = Date.UTC(2024, 2, 5, 14, 30);
const TRADES = 'time,price,size,exchange,unreported\n2024-03-05T14:30:00.250Z,10.5,100,ARCA,\n2024-03-05 09:30:01-05:00,10.6,0.5,P,true\n';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-files-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('own trades and quotes', () => {
  it('are read from CSV, the symbol from the name', async () => {
    const data = await loadReplay([await file('abc-trades.csv', TRADES)]);
    expect(data).toMatchObject({ symbols: ['ABC'], startAtMs: OPEN_MS });
    expect(data.files.map(({ columns }) => columns)).toEqual([
      {
        kind: 'trade',
        symbol: 'ABC',
        date: '2024-03-05',
        length: 2,
        msOfDay: Int32Array.of(34_200_250, 34_201_000),
        price: Float64Array.of(10.5, 10.6),
        size: Float64Array.of(100, 0.5),
        exchange: Uint8Array.of(11, 11),
        conditions: Uint32Array.of(0, 0),
        suspicious: Uint8Array.of(0, 1),
      },
    ]);
  });

  it('are read from CSV with quotation marks, a byte order mark, columns in any order and case, and a symbol per row, day by day', async () => {
    const text = `\uFEFF"Symbol","ASK","askSize",bidsize,Bid,time\r\nxyz,10.1,3,2,10,${OPEN_MS}\r\n"abc",,,5,20,${OPEN_MS}\r\nxyz,10.2,3,,,${OPEN_MS + 86_400_000}\r\n`;
    const data = await loadReplay([await file('mixed.csv', text)]);
    expect(data.symbols).toEqual(['XYZ', 'ABC']);
    expect(data.files.map(({ columns }) => [columns.symbol, columns.date, columns.length])).toEqual([['ABC', '2024-03-05', 1], ['XYZ', '2024-03-05', 1], ['XYZ', '2024-03-06', 1]]);
    expect(data.files[2]?.columns).toMatchObject({ bid: Float64Array.of(Number.NaN), ask: Float64Array.of(10.2), bidSize: Float64Array.of(Number.NaN), askSize: Float64Array.of(3) });
  });

  it('are read from JSON lines, trades, quotes and bars in one file, zipped or not', async () => {
    const lines = [
      { symbol: 'ABC', time: OPEN_MS, price: 10.5, size: 100, exchange: null },
      { symbol: 'ABC', time: '2024-03-05T14:30:00Z', bid: 10.4, ask: 10.5, bidSize: 1, askSize: 2 },
      { symbol: 'DEF', time: '2024-03-04', barSize: '1 day', open: 1, high: 3, low: 1, close: 2, volume: 5, wap: 1.5, count: 2, kind: 'midpoint' },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const plain = await loadReplay([await file('all.jsonl', text)]);
    expect(plain.files.map(({ columns }) => columns.kind)).toEqual(['quote', 'trade']);
    expect(plain.bars).toMatchObject([{ symbol: 'DEF', kind: 'MIDPOINT', size: { unit: 'day' }, length: 1, startMs: Float64Array.of(Date.UTC(2024, 2, 4, 5)), endMs: Float64Array.of(Date.UTC(2024, 2, 4, 21)) }]);
    expect(await loadReplay([await file('all.zip', zipSync({ 'all.ndjson': strToU8(text) }))])).toMatchObject({ bars: plain.bars, symbols: ['ABC'] });
  });

  it('may lie in the hour that the autumn has twice', async () => {
    const night = Date.UTC(2024, 10, 3, 4, 30);
    const data = await loadReplay([await file('abc-trades.csv', `time,price,size\n${night},1,1\n${night + 3_600_000},1,1\n${night + 7_200_000},1,1\n`)]);
    expect(data.files[0]?.columns.msOfDay).toEqual(Int32Array.of(-1_800_000, 1_800_000, 5_400_000));
  });
});

describe('own bars', () => {
  it('have their size from the name, and start the market after the last one', async () => {
    const intraday = await file('abc-5mins.csv', `time,open,high,low,close,volume\n${OPEN_MS},1,2,1,2,5\n${OPEN_MS + 600_000},2,2,2,2,0\n`);
    expect(await loadReplay([intraday])).toMatchObject({ files: [], symbols: [], startAtMs: OPEN_MS + 900_000, bars: [{ symbol: 'ABC', size: { unit: 'time', seconds: 300 } }] });
    const daily = await file('abc-1day.csv', 'time,open,high,low,close,volume\n2024-03-07,1,2,1,2,5\n2024-03-08,1,2,1,2,5\n');
    // Monday, after the clocks changed.
    expect(await loadReplay([intraday, daily])).toMatchObject({ startAtMs: Date.UTC(2024, 2, 11, 13, 30) });
    const weekly = await file('abc-1week.csv', 'time,open,high,low,close,volume\n2024-03-04,1,2,1,2,5\n');
    expect((await loadReplay([weekly])).bars?.[0]?.endMs).toEqual(Float64Array.of(Date.UTC(2024, 2, 8, 21)));
  });
});

describe('several files', () => {
  it('may be named in any order', async () => {
    const paths = [
      await file('abc-trades.csv', TRADES),
      await file('abc-quotes.csv', `time,bid,ask,bidSize,askSize\n${OPEN_MS},1,2,1,1\n`),
      await file('20240304_abc_tick_trade.csv', '34200000,105000,1,P,0,0\n'),
      await file('abc-1day.csv', 'time,open,high,low,close,volume\n2024-03-01,1,2,1,2,5\n'),
      await file('def-1day.csv', 'time,open,high,low,close,volume\n2024-03-01,1,2,1,2,5\n'),
    ];
    const [forth, back] = [await loadReplay(paths), await loadReplay([...paths].reverse())];
    expect({ ...back, symbols: [...back.symbols].sort() }).toEqual({ ...forth, symbols: [...forth.symbols].sort() });
    expect(forth.files.map(({ columns }) => `${columns.kind} ${columns.date}`)).toEqual(['quote 2024-03-05', 'trade 2024-03-04', 'trade 2024-03-05']);
  });

  it('join their bars, and never play anything twice', async () => {
    const january = await file('abc-1day.csv', 'time,open,high,low,close,volume\n2024-01-30,1,2,1,2,5\n2024-01-31,1,2,1,2,5\n');
    const february = await file('february.csv', 'symbol,barSize,time,open,high,low,close,volume\nabc,1 day,2024-02-01,1,2,1,2,5\n');
    expect((await loadReplay([february, january])).bars).toMatchObject([{ length: 3 }]);
    await expect(loadReplay([january, february, january])).rejects.toThrow(/must not have bars of ABC that it has twice/);
    const trades = await file('abc-trades.csv', TRADES);
    await expect(loadReplay([trades, trades])).rejects.toThrow(/must not have trades of ABC on 2024-03-05 that it has twice: nothing may be played twice/);
    const bars = await file('20240305_abc_minute_trade.csv', '34200000,100,100,100,100,5\n');
    await expect(loadReplay([trades, bars])).rejects.toThrow(/must not have trades of ABC on 2024-03-05 that .* has, too/);
  });
});

describe('refusing', () => {
  const bars = (rows: string): string => `time,open,high,low,close,volume\n${rows}`;
  it.each([
    ['a-trades.csv', 'time,price\n', 'line 1, header must have the columns of trades: time, price, size'],
    ['a-trades.csv', 'time,price,size,colour\n', 'line 1, header must have the columns of trades: time, price, size, and if wanted'],
    ['a-trades.csv', 'time,price,size,price\n', 'line 1, header must not name a column twice, got "price"'],
    ['a-trades.csv', 'time,price,size\n', 'must have at least one row'],
    ['a-trades.csv', 'time,price,size\n\n1,2\n', 'line 3, row must have 3 fields, as the header has, not 2, got "1,2"'],
    ['a-trades.csv', 'time,price,size\n"1,2,3\n', 'line 2, row must close every quotation mark'],
    ['a-trades.csv', 'time,price,size\n2024-03-05T14:30:00,1,1\n', 'line 2, time must be an instant with a zone'],
    ['a-trades.csv', 'time,price,size\n2024-02-30T14:30:00Z,1,1\n', 'line 2, time must be an instant with a zone'],
    ['a-trades.csv', 'time,price,size\n1709649000,1,1\n', 'or epoch milliseconds, between 1973 and 2100, got "1709649000"'],
    ['a-trades.csv', `time,price,size\n${OPEN_MS},0,1\n`, 'line 2, price must be a plain decimal number above 0, such as 12.5, got "0"'],
    ['a-trades.csv', `time,price,size\n${OPEN_MS},1e3,1\n`, 'line 2, price must be a plain decimal number above 0'],
    ['a-trades.csv', `time,price,size\n${OPEN_MS},1,-1\n`, 'line 2, size must be a plain decimal number of at least 0, such as 100, got "-1"'],
    ['a-trades.csv', `time,price,size,exchange\n${OPEN_MS},1,1,NOWHERE\n`, 'line 2, exchange must be an exchange in the spelling of TWS'],
    ['a-trades.csv', `time,price,size\n${OPEN_MS},1,1\n${OPEN_MS - 1},1,1\n`, 'line 3, time must not be before the row of the same symbol above it'],
    ['a-quotes.csv', `time,bid,ask,bidSize,askSize\n${OPEN_MS},-2,1,1,1\n`, 'line 2, bid must be a plain decimal number of at least 0, such as 12.5, or empty, got "-2"'],
    ['own.csv', `time,price,size\n${OPEN_MS},1,1\n`, 'line 2, symbol must be 1 to 12 letters'],
    ['a-bars.csv', bars(`${OPEN_MS},1,2,1,2,5\n`), "line 2, barSize must be a bar size such as '30 secs'"],
    ['a-7days.csv', bars('2024-03-05,1,2,1,2,5\n'), 'line 2, symbol must be'],
    ['a-1day.csv', bars(`${OPEN_MS},1,2,1,2,5\n`), 'line 2, time must be a day such as 2024-03-01 for bars of a day and longer'],
    ['a-5mins.csv', bars('2024-03-05,1,2,1,2,5\n'), 'line 2, time must be an instant with a zone'],
    ['a-5mins.csv', bars(`${OPEN_MS},1,2,1,3,5\n`), 'line 2, high must not be below open (1), low (1) or close (3), got 2'],
    ['a-5mins.csv', bars(`${OPEN_MS},2,3,2.5,3,5\n`), 'line 2, low must not be above open (2) or close (3), got 2.5'],
    ['a-5mins.csv', bars(`${OPEN_MS},1,2,1,2,5\n${OPEN_MS + 299_999},1,2,1,2,5\n`), 'line 3, time must not be within the bar above it, nor before it'],
    ['a-1day.csv', bars('2024-03-05,1,2,1,2,5\n2024-03-05,1,2,1,2,5\n'), 'line 3, time must not be within the bar above it'],
    ['a.jsonl', '[1]\n', 'line 1, row must be one JSON object, got "[1]"'],
    ['a.jsonl', '{"time":1\n', 'line 1, row must be one JSON object'],
    ['a.jsonl', '{"time":1}\n', 'line 1, row must have the fields of trades'],
    ['a.jsonl', '{"time":1,"TIME":2}\n', 'line 1, row must not name a field twice, got "TIME"'],
    ['a.jsonl', `{"symbol":"A","time":${OPEN_MS},"price":"x","size":1}\n`, 'line 1, price must be a plain decimal number above 0'],
    ['a.jsonl', `{"symbol":["A"],"time":${OPEN_MS},"price":1,"size":1}\n`, 'line 1, symbol must be'],
    ['a.jsonl', `{"symbol":"A","time":${OPEN_MS},"price":1e999,"size":1}\n`, 'line 1, price must be'],
    ['a.jsonl', '', 'must have at least one row'],
  ])('%s with %j', async (name, content, message) => {
    const path = await file(name, content);
    await expect(loadReplay([path])).rejects.toMatchObject({ code: 'IBKR_USAGE_INVALID_ARGUMENT', message: expect.stringContaining(message) as string });
    await expect(loadReplay([path])).rejects.toThrow(name);
  });
});
