import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ApiHistory, BrokerOperations } from '@ibkit/api-contract';
import { ConnectionError } from '@ibkit/error-codes';
import { createTestClock } from '@ibkit/clock/testing';
import { expect, it } from 'vitest';
import type { CommandContext } from '../../../config/globals.js';
import { FakeSink, FakeSource, temporaryDirectory } from '../../../testing/fake-io.js';
import { downloadToFile } from './download.js';

const FROM = Date.parse('2026-11-20T14:30:00Z');
const QUERY = { symbol: 'SPY', from: '2026-11-20T14:30:00Z', to: '2026-11-20T14:40:00Z', barSize: '1 min' };

function bar(minute: number): ApiHistory['bars'][number] {
  return { timeMs: FROM + minute * 60_000, open: 1, high: 2, low: 0.5, close: 1.5, volume: 100, complete: true };
}

/** Ten bars in pages of two; the page behind `failing` breaks off once. */
function source(failing: number): { readonly operations: BrokerOperations; readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  let fails = true;
  const history = ({ cursor }: { cursor?: string | undefined }): Promise<ApiHistory> => {
    asked.push(cursor);
    const first = Number(cursor ?? 0);
    if (first === failing && fails) {
      fails = false;
      return Promise.reject(new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: 'lost' }));
    }
    return Promise.resolve({ contract: { symbol: 'SPY', conId: 1 }, barSize: '1 min', what: 'TRADES', bars: [bar(first), bar(first + 1)], gaps: [], next: first + 2 < 10 ? String(first + 2) : undefined });
  };
  return { asked, operations: { history } as unknown as BrokerOperations };
}

function context(): { readonly context: CommandContext; readonly err: FakeSink } {
  const err = new FakeSink();
  const io = { in: new FakeSource(false, ''), out: new FakeSink(), err, env: {}, cwd: '/', stop: new AbortController().signal };
  // A download reads nothing else.
  return { err, context: { io, globals: { json: false }, clock: createTestClock() } as unknown as CommandContext };
}

it('goes on behind the last whole page, with every bar once and nothing of a torn one', async () => {
  const file = path.join(temporaryDirectory(), 'spy.csv');
  const { operations, asked } = source(4);
  const { context: given, err } = context();
  const job = { context: given, operations, query: QUERY, format: 'csv' } as const;
  await expect(downloadToFile(job, file, QUERY.to)).rejects.toThrow('lost');
  expect(existsSync(`${file}.cursor`)).toBe(true);
  const { appendFileSync } = await import('node:fs');
  appendFileSync(file, '2026-11-20T14:34:00.000Z,,torn');

  expect(await downloadToFile(job, file, QUERY.to)).toMatchObject({ bars: 10, gaps: 0 });
  expect(err.text).toContain('behind 4 bars');
  expect(asked).toEqual([undefined, '2', '4', '4', '6', '8']);
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => line.split(',')[0])).toEqual(Array.from({ length: 10 }, (_, minute) => new Date(FROM + minute * 60_000).toISOString()));
  expect(existsSync(`${file}.cursor`)).toBe(false);
});

it('does not go on with another question in the same file', async () => {
  const file = path.join(temporaryDirectory(), 'spy.csv');
  const { operations } = source(2);
  const job = { context: context().context, operations, query: QUERY, format: 'csv' } as const;
  await expect(downloadToFile(job, file, QUERY.to)).rejects.toThrow('lost');
  await expect(downloadToFile({ ...job, query: { ...QUERY, symbol: 'AAPL' } }, file, QUERY.to)).rejects.toThrow('belongs to another question');
});
