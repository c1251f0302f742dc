import path from 'node:path';
import { topicText } from '@ibkit/api-contract';
import type { TopicDelta, TopicSnapshot } from '@ibkit/api-contract';
import { Recorder } from '@ibkit/recording';
import type { RecorderStats } from '@ibkit/recording';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { remark, warn } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { count, plain } from '../../render/text.js';
import type { Gap, StreamSession } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { VERSION } from '../../version.js';
import { symbolsOf } from '../market/instrument.js';
import { depthChanges } from './depth-changes.js';

interface Recording {
  readonly session: StreamSession;
  readonly recorder: Recorder;
}

function putGap(recorder: Recorder, symbol: string, { fromMs, toMs, reason }: Gap, atMs: number): void {
  recorder.gap({ symbol, fromMs: fromMs ?? atMs, toMs: toMs ?? atMs, reason });
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

async function recordTrades({ session, recorder }: Recording, symbol: string): Promise<void> {
  await session.follow({
    kind: 'trades',
    topic: topicText({ kind: 'trades', instrument: symbol }),
    subject: symbol,
    onState: (_state, event) => {
      if (event.type !== 'delta') return;
      const { conId, price, size, exchange, conditions, pastLimit, unreported, tradedAtUs, receivedAtUs } = event.data;
      recorder.trade({ symbol, conId, price: Number(price), size: Number(size), exchange, conditions, pastLimit, unreported, time: tradedAtUs / 1000, receivedAtMs: receivedAtUs / 1000 });
    },
    onGap: (gap, atMs) => { putGap(recorder, symbol, gap, atMs); },
  }); // prettier-ignore
}

async function recordQuotes({ session, recorder }: Recording, symbol: string): Promise<void> {
  await session.follow({
    kind: 'quotes',
    topic: topicText({ kind: 'quotes', instrument: symbol }),
    subject: symbol,
    mode: 'all',
    onState: ({ conId, bid, ask, bidSize, askSize, mode, receivedAtUs, stale }) => {
      if (receivedAtUs === undefined || stale) return;
      recorder.quote({ symbol, conId, bid: numberOf(bid), ask: numberOf(ask), bidSize: numberOf(bidSize), askSize: numberOf(askSize), mode, receivedAtMs: receivedAtUs / 1000 });
    },
    onGap: (gap, atMs) => { putGap(recorder, symbol, gap, atMs); },
  }); // prettier-ignore
}

const BAR_SIZES = { '5s': '5 secs', '1m': '1 min', '5m': '5 mins', '15m': '15 mins', '30m': '30 mins', '1h': '1 hour', '1d': '1 day' } as const;
type BarSize = keyof typeof BAR_SIZES;
const SIZES: readonly BarSize[] = ['5s', '1m', '5m', '15m', '30m', '1h', '1d'];
type Bar = TopicDelta<'bars'>['bar'];

async function recordBars({ session, recorder }: Recording, symbol: string, size: BarSize): Promise<void> {
  let growing: Bar | undefined;
  let writtenUs = Number.NEGATIVE_INFINITY;
  const write = ({ timeUs, open, high, low, close, volume, wap, count: trades }: Bar): void => {
    if (timeUs <= writtenUs) return;
    writtenUs = timeUs;
    const time = timeUs / 1000;
    recorder.bar({ symbol, barSize: BAR_SIZES[size], time, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: numberOf(volume), wap: numberOf(wap), count: trades });
  };
  await session.follow({
    kind: 'bars',
    topic: topicText({ kind: 'bars', instrument: symbol, size }),
    subject: symbol,
    mode: 'all',
    onState: ({ bar }) => {
      if (bar === undefined) return;
      // A bar is over when it says so, or when the next one begins.
      if (growing !== undefined && growing.timeUs < bar.timeUs) write(growing);
      if (bar.complete) write(bar);
      growing = bar.complete ? undefined : bar;
    },
    onGap: (gap, atMs) => {
      growing = undefined;
      putGap(recorder, symbol, gap, atMs);
    },
  });
}

async function recordDepth({ session, recorder }: Recording, symbol: string): Promise<void> {
  let before: Pick<TopicSnapshot<'depth'>, 'bids' | 'asks'> = { bids: [], asks: [] };
  await session.follow({
    kind: 'depth',
    topic: topicText({ kind: 'depth', instrument: symbol }),
    subject: symbol,
    mode: 'all',
    onState: (book) => {
      // A stale book holds what was received before the break, which is written down already.
      if (book.stale || book.receivedAtUs === undefined) return;
      for (const change of depthChanges(before, book)) recorder.depth({ symbol, conId: book.conId, ...change, receivedAtMs: book.receivedAtUs / 1000 });
      before = book;
    },
    onGap: (gap, atMs) => { putGap(recorder, symbol, gap, atMs); },
  }); // prettier-ignore
}

function line({ io, globals }: CommandContext, event: 'started' | 'stopped', directory: string, recorder: Recorder): void {
  const { rows, lost, writtenBytes } = recorder.stats();
  if (globals.json) io.out.write(`${JSON.stringify({ event, directory, rows, lost, bytes: writtenBytes })}\n`);
  else remark({ io, globals }, event === 'started' ? `Recording into ${plain(directory)}. Ctrl-C stops it.` : `Recorded ${count(rows)} rows${lost > 0 ? `, ${count(lost)} LOST` : ''} in ${plain(directory)}`);
}

interface Wanted {
  readonly trades: boolean;
  readonly quotes: boolean;
  readonly depth: boolean;
  readonly bars: BarSize | undefined;
}

function wantedOf(input: CommandInput): Wanted {
  const wanted = { trades: input.on('trades'), quotes: input.on('quotes'), depth: input.on('depth'), bars: input.choice('bars', SIZES) };
  const isChosen = wanted.trades || wanted.quotes || wanted.depth || wanted.bars !== undefined;
  return isChosen ? wanted : { ...wanted, trades: true, quotes: true };
}

/** A recording that lacks rows that came is no success, however the stream ended. */
export function exitCodeOfRecording(exitCode: ExitCode, { lost }: Pick<RecorderStats, 'lost'>): ExitCode {
  return lost > 0 && exitCode === EXIT.ok ? EXIT.error : exitCode;
}

/** `ibkit record SYMBOL...`: what the market tells into a recording until Ctrl-C. */
export async function record(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { io, clock } = context;
  const symbols = symbolsOf(input);
  const directory = path.resolve(io.cwd, input.text('out') ?? '.');
  const { trades, quotes, depth, bars } = wantedOf(input);
  return await withStream(context, { forMs: input.duration('for'), updates: Number.POSITIVE_INFINITY }, undefined, async (session) => {
    await using recorder = await Recorder.open({ directory, clock, source: { name: 'ibkit record', recordedBy: `ibkit ${VERSION}` }, onProblem: (problem) => { warn(context, `recording: ${plain(problem.type)}`); } }); // prettier-ignore
    line(context, 'started', directory, recorder);
    const recording: Recording = { session, recorder };
    let exitCode: ExitCode;
    try {
      exitCode = await session.all(symbols, async (symbol) => {
        await Promise.all([
          trades ? recordTrades(recording, symbol) : undefined,
          quotes ? recordQuotes(recording, symbol) : undefined,
          depth ? recordDepth(recording, symbol) : undefined,
          bars === undefined ? undefined : recordBars(recording, symbol, bars),
        ]);
      });
    } finally {
      await recorder.close();
      line(context, 'stopped', directory, recorder);
    }
    return exitCodeOfRecording(exitCode, recorder.stats());
  });
}
