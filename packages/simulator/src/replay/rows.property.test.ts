import { UsageError } from '@ibkit/error-codes';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { NewYorkDays } from '../market/new-york-days.js';
import { EXAMPLE_CONTRACTS, exampleUniverse } from '../testing/example-universe.js';
import { fileKindOf, namesTicks, namesUniverse, ownNameOf, universeNameOf } from './file-name.js';
import { readQuotes } from './quote-rows.js';
import { readJsonLines, readOwnCsv } from './read-own-files.js';
import { readTrades } from './trade-rows.js';
import { readOptionUniverse } from './universe-rows.js';
import { unzipFiles } from './unzip-files.js';

const days = new NewYorkDays();
const NAME = { symbol: 'ABC', barSize: { unit: 'time', seconds: 60 } } as const;
const about = { symbol: 'ABC', date: '2024-03-05' };

/** Every reader, with a file that it accepts. */
const READERS: readonly (readonly [name: string, text: string, read: (bytes: Uint8Array) => unknown])[] = [
  ['ticks of trades', '34200000,1674100,500,Q,20,0\n34200001,1674150,100,P,1,1\n', (bytes) => readTrades(bytes, 'f', { ...about, resolution: 'tick', kind: 'trade' })],
  ['bars of trades', '34200000,100000,110000,90000,95000,1001\n34260000,100000,110000,90000,95000,3\n', (bytes) => readTrades(bytes, 'f', { ...about, resolution: 'minute', kind: 'trade' })],
  ['quotes', '34200000,1,1,1,1,5,3,3,2,2,6\n34201000,,,,,,2,2,2,2,7\n', (bytes) => readQuotes(bytes, 'f', { ...about, resolution: 'second', kind: 'quote' })],
  ['CSV of trades', 'time,price,size,exchange\n2024-03-05T14:30:00Z,1.5,10,ARCA\n1709649001000,2,"3",Q\n', (bytes) => readOwnCsv(bytes, 'f', NAME, days).ticks],
  ['CSV of bars', 'time,open,high,low,close,volume,barSize\n1709649000000,1,2,1,2,5,1 min\n1709649060000,1,2,1,2,5,1 min\n', (bytes) => readOwnCsv(bytes, 'f', NAME, days).bars],
  ['JSON lines', '{"time":1709649000000,"bid":1,"ask":2,"bidSize":1,"askSize":null}\n{"time":"2024-03-04","barSize":"1 day","open":1,"high":2,"low":1,"close":2,"volume":0}\n', (bytes) => readJsonLines(bytes, 'f', NAME, days).ticks],
  ['option universes', exampleUniverse(EXAMPLE_CONTRACTS.slice(0, 3)), (bytes) => readOptionUniverse(bytes, 'f', about)],
  ['archives', 'time,price\n', (bytes) => unzipFiles('f', zipSync({ 'a.csv': bytes })).map((file) => file.bytes)],
];

/** A text with something of it replaced, cut or doubled. */
function damaged(text: string): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom(',', '\n', '\r', '"', '""', '-', '.', 'e', 'NaN', '1e400', '{', '}', '\u0000', '\uFFFD', '9'.repeat(30), 'null', ',,,,,,,,'));
  const edit = fc.tuple(fc.nat(text.length), fc.nat(8), piece);
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => edits.reduce((made, [at, length, insert]) => made.slice(0, at) + insert + made.slice(at + length), text));
}

function attempt(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return read(bytes);
  } catch (error) {
    return error instanceof UsageError ? error.code : error;
  }
}

describe.each(READERS)('the reader of %s', (_, text, read) => {
  it('accepts its file, and answers whatever else it gets with rows or the typed error', () => {
    expect(attempt(read, strToU8(text))).not.toBe('IBKR_USAGE_INVALID_ARGUMENT');
    const anything = fc.oneof({ weight: 4, arbitrary: damaged(text).map((made) => strToU8(made)) }, fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 }).map((made) => strToU8(made)));
    fc.assert(
      fc.property(anything, (bytes) => {
        const result = attempt(read, bytes);
        expect(result).not.toBeInstanceOf(Error);
      }),
      { numRuns: 400 },
    );
  });
});

describe('archives', () => {
  it('that are damaged anywhere give files or the typed error', () => {
    const whole = zipSync({ 'a.csv': strToU8('time,price,size\n'.repeat(50)), 'b.jsonl': strToU8('{}') });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (edits, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of edits) bytes[at] = value;
        expect(attempt((archive) => unzipFiles('f', archive), bytes.subarray(0, length))).not.toBeInstanceOf(Error);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names of files', () => {
  it('say what is in them or are refused by the typed error', () => {
    const word = fc.constantFrom('tick', 'spy', '20131007', 'trade', 'quote', 'minute', 'option', 'universes', 'msft', '5mins', '99999999', '..', '/', '\\', 'bars', '.csv', '.zip', '.jsonl', '-', '_', ' ', '');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(word, { maxLength: 8 }).map((words) => words.join('-')), fc.array(word, { maxLength: 8 }).map((words) => words.join(''))), fc.option(fc.string(), { nil: undefined }), (path, inner) => {
        for (const read of [fileKindOf, namesTicks, namesUniverse, ownNameOf, universeNameOf]) expect(attempt(() => read(path, inner), new Uint8Array())).not.toBeInstanceOf(Error);
      }),
      { numRuns: 300 },
    );
  });
});
