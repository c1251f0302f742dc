import path from 'node:path';
import { topicText } from '@ibkit/api-contract';
import { Recorder } from '@ibkit/recording';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { remark, warn } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { count, plain } from '../../render/text.js';
import type { StreamSession } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { VERSION } from '../../version.js';
import { symbolsOf } from '../market/instrument.js';

interface Recording {
  readonly session: StreamSession;
  readonly recorder: Recorder;
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
    onGap: ({ fromMs, toMs, reason }, atMs) => { recorder.gap({ symbol, fromMs: fromMs ?? atMs, toMs: toMs ?? atMs, reason }); },
  }); // prettier-ignore
}

async function recordQuotes({ session, recorder }: Recording, symbol: string): Promise<void> {
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  await session.follow({
    kind: 'quotes',
    topic: topicText({ kind: 'quotes', instrument: symbol }),
    subject: symbol,
    mode: 'all',
    onState: ({ conId, bid, ask, bidSize, askSize, mode, receivedAtUs, stale }) => {
      if (receivedAtUs === undefined || stale) return;
      recorder.quote({ symbol, conId, bid: number(bid), ask: number(ask), bidSize: number(bidSize), askSize: number(askSize), mode, receivedAtMs: receivedAtUs / 1000 });
    },
    onGap: ({ fromMs, toMs, reason }, atMs) => { recorder.gap({ symbol, fromMs: fromMs ?? atMs, toMs: toMs ?? atMs, reason }); },
  }); // prettier-ignore
}

function line({ io, globals }: CommandContext, event: 'started' | 'stopped', directory: string, recorder: Recorder): void {
  const { rows, lost, writtenBytes } = recorder.stats();
  if (globals.json) io.out.write(`${JSON.stringify({ event, directory, rows, lost, bytes: writtenBytes })}\n`);
  else remark({ io, globals }, event === 'started' ? `Recording into ${plain(directory)}. Ctrl-C stops it.` : `Recorded ${count(rows)} rows${lost > 0 ? `, ${count(lost)} lost` : ''} in ${plain(directory)}`);
}

/** `ibkit record SYMBOL...`: quotes and trades into a recording until Ctrl-C. */
export async function record(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { io, clock } = context;
  const symbols = symbolsOf(input);
  const directory = path.resolve(io.cwd, input.text('out') ?? '.');
  const all = input.on('trades') === input.on('quotes');
  return await withStream(context, { forMs: input.duration('for'), updates: Number.POSITIVE_INFINITY }, undefined, async (session) => {
    await using recorder = await Recorder.open({ directory, clock, source: { name: 'ibkit record', recordedBy: `ibkit ${VERSION}` }, onProblem: (problem) => { warn(context, `recording: ${plain(problem.type)}`); } }); // prettier-ignore
    line(context, 'started', directory, recorder);
    const recording: Recording = { session, recorder };
    try {
      return await session.all(symbols, async (symbol) => {
        await Promise.all([all || input.on('trades') ? recordTrades(recording, symbol) : undefined, all || input.on('quotes') ? recordQuotes(recording, symbol) : undefined]);
      });
    } finally {
      await recorder.close();
      line(context, 'stopped', directory, recorder);
    }
  });
}
