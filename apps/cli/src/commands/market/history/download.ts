import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ApiHistory, BrokerOperations } from '@ibkit/api-contract';
import { ConfigurationError } from '@ibkit/error-codes';
import type { CommandContext } from '../../../config/globals.js';
import { warn } from '../../../output/print.js';
import { Progress } from '../../../render/progress.js';
import { momentText, plain } from '../../../render/text.js';
import { BAR_FORMATS } from './bar-format.js';
import { readCursorFile, removeCursorFile, writeCursorFile } from './cursor-file.js';
import type { HistoryQuery } from './history-query.js';
import { toParquet } from './to-parquet.js';

/** Bars per answer. */
const PAGE = 2_000;

/** What a download gave. */
export interface DownloadReport {
  readonly bars: number;
  readonly gaps: number;
  readonly contract: ApiHistory['contract'] | undefined;
}

interface Sink {
  write(text: string): Promise<number>;
  readonly done: (state: { readonly cursor: string | undefined; readonly bars: number; readonly gaps: number }) => Promise<void>;
}

interface Job {
  readonly context: CommandContext;
  readonly operations: BrokerOperations;
  readonly query: HistoryQuery;
  readonly format: keyof typeof BAR_FORMATS;
}

async function pages({ context, operations, query, format }: Job, sink: Sink, begin: { readonly cursor: string | undefined; readonly bars: number; readonly gaps: number }): Promise<DownloadReport> {
  const { io } = context;
  const writer = BAR_FORMATS[format];
  const progress = new Progress(context);
  const [fromMs, toMs] = [Date.parse(query.from), Date.parse(query.to)];
  let { cursor, bars, gaps } = begin;
  let contract: ApiHistory['contract'] | undefined;
  if (cursor === undefined && writer.head !== '') await sink.write(writer.head);
  try {
    do {
      const page: ApiHistory = await operations.history({ ...query, limit: PAGE, cursor }, { signal: io.stop });
      ({ contract } = page);
      await sink.write(`${page.bars.map((bar) => writer.bar(bar)).join('')}${page.gaps.map((gap) => writer.gap(gap)).join('')}`);
      for (const gap of page.gaps) warn(context, `no bars from ${momentText(gap.fromMs)} to ${momentText(gap.toMs)}: ${plain(gap.reason)}`);
      bars += page.bars.length;
      gaps += page.gaps.length;
      cursor = page.next;
      await sink.done({ cursor, bars, gaps });
      const reachedMs = page.bars.at(-1)?.timeMs ?? fromMs;
      progress.show({ share: cursor === undefined ? 1 : (reachedMs - fromMs) / Math.max(1, toMs - fromMs), done: bars, unit: 'bars' });
    } while (cursor !== undefined && !io.out.closed && !io.stop.aborted);
  } finally {
    progress.end();
  }
  return { bars, gaps, contract };
}

/** Writes bars to stdout as they come. */
export async function downloadToStdout(job: Job): Promise<DownloadReport> {
  const { out } = job.context.io;
  const write = (text: string): Promise<number> => {
    out.write(text);
    return Promise.resolve(0);
  };
  return await pages(job, { write, done: () => Promise.resolve() }, { cursor: undefined, bars: 0, gaps: 0 });
}

async function resumed(file: string, query: HistoryQuery, key: string): Promise<{ readonly handle: FileHandle; readonly state: Awaited<ReturnType<typeof readCursorFile>> }> {
  const state = await readCursorFile(file);
  if (state === undefined) return { handle: await fresh(file), state };
  if (state.query !== key) throw new ConfigurationError({ problems: [{ path: `${file}.cursor`, rule: 'belongs to another question: remove it and the file, or choose another --out' }] });
  const handle = await open(file, 'r+');
  // What was written behind the last page may be half a line.
  await handle.truncate(state.bytes);
  return { handle, state };
}

async function fresh(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new ConfigurationError({ problems: [{ path: '--out', rule: 'must name a file that is not there yet, or whose cursor file says where to go on', value: file }] });
  }
}

/** The question of a download, as its cursor file keeps it: without its end, which "now" would change. */
function keyOf({ query, format }: Job, givenTo: string | undefined): string {
  return JSON.stringify([{ ...query, to: givenTo }, format]);
}

/** Writes bars to a file, page by page, with a cursor beside it until it is whole. */
export async function downloadToFile(job: Job, file: string, givenTo: string | undefined): Promise<DownloadReport> {
  const key = keyOf(job, givenTo);
  const { handle, state } = await resumed(file, job.query, key);
  const query = { ...job.query, to: state?.to ?? job.query.to };
  let bytes = state?.bytes ?? 0;
  if (state !== undefined) warn(job.context, `going on with ${file} behind ${state.bars} bars`);
  try {
    const report = await pages(
      { ...job, query },
      {
        write: async (text) => {
          const data = Buffer.from(text, 'utf8');
          await handle.write(data, 0, data.length, bytes);
          bytes += data.length;
          return bytes;
        },
        done: async ({ cursor, bars, gaps }) => {
          await handle.datasync();
          if (cursor === undefined) await removeCursorFile(file);
          else await writeCursorFile(file, { version: 1, query: key, to: query.to, cursor, bytes, bars, gaps });
        },
      },
      { cursor: state?.cursor, bars: state?.bars ?? 0, gaps: state?.gaps ?? 0 },
    );
    return report;
  } finally {
    await handle.close();
  }
}

/** The same as Parquet: the bars are collected as lines beside the file first, which is what makes it resumable. */
export async function downloadToParquet(job: Omit<Job, 'format'>, file: string, givenTo: string | undefined): Promise<DownloadReport> {
  const lines = `${file}.part.jsonl`;
  const report = await downloadToFile({ ...job, format: 'jsonl' }, lines, givenTo);
  if (job.context.io.stop.aborted) return report;
  const draft = `${file}.new`;
  await toParquet({ lines, file: draft, symbol: report.contract?.symbol ?? job.query.symbol, conId: report.contract?.conId, barSize: job.query.barSize });
  await rename(draft, file);
  await rm(lines, { force: true });
  return report;
}
