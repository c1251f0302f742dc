import { topicText } from '@ibkit/api-contract';
import type { ApiDepth, TopicSnapshot } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { amount, clockText, count, plain } from '../../render/text.js';
import { streamLimits } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { instrumentFields } from './instrument.js';

type Book = Pick<ApiDepth, 'symbol' | 'bids' | 'asks' | 'stale' | 'staleReason' | 'crossed'>;

const ROWS = 10;

/** The book, best prices on top. */
export function depthText({ symbol, bids, asks, stale, staleReason, crossed }: Book): string {
  const rows = Array.from({ length: Math.max(bids.length, asks.length) }, (_, index) => {
    const [bid, ask] = [bids[index], asks[index]];
    return [plain(bid?.marketMaker ?? ''), bid === undefined ? '' : count(bid.size), bid === undefined ? '' : amount(bid.price), ask === undefined ? '' : amount(ask.price), ask === undefined ? '' : count(ask.size), plain(ask?.marketMaker ?? '')];
  });
  const state = stale ? `  stale: ${plain(staleReason ?? 'no reason told')}` : crossed ? '  crossed' : '';
  return `${plain(symbol)}${state}\n${table([{ title: 'MAKER' }, { title: 'SIZE', align: 'right' }, { title: 'BID', align: 'right' }, { title: 'ASK', align: 'right' }, { title: 'SIZE', align: 'right' }, { title: 'MAKER' }], rows)}`;
}

function bookOf(data: TopicSnapshot<'depth'>, rows: number): Book & Pick<ApiDepth, 'conId'> {
  const level = ({ price, size, marketMaker }: TopicSnapshot<'depth'>['bids'][number]): ApiDepth['bids'][number] => ({ price: Number(price), size: Number(size), marketMaker });
  const { symbol, conId, stale, staleReason, crossed } = data;
  return { symbol, conId, bids: data.bids.slice(0, rows).map(level), asks: data.asks.slice(0, rows).map(level), stale, staleReason, crossed };
}

function bookLine({ bids, asks, stale }: Book, nowMs: number): string {
  const [bid, ask] = [bids[0], asks[0]];
  return `${clockText(nowMs)}  ${count(bid?.size)} @ ${amount(bid?.price)} x ${amount(ask?.price)} @ ${count(ask?.size)}  ${bids.length}/${asks.length} levels${stale ? '  stale' : ''}\n`;
}

async function watchDepth(context: CommandContext, input: CommandInput, symbol: string, rows: number): Promise<ExitCode> {
  let book: Book | undefined;
  return await withStream(context, streamLimits(input), () => (book === undefined ? '' : depthText(book)), (session) =>
    session.all([symbol], () =>
      session.follow({
        kind: 'depth',
        topic: topicText({ kind: 'depth', instrument: symbol }),
        subject: symbol,
        instrument: instrumentFields(input),
        onState: (data) => {
          // Before its first data the book is empty, which must not pass for a market without orders.
          if (data.receivedAtUs === undefined || !session.take()) return;
          const now = bookOf(data, rows);
          book = now;
          const atMs = context.clock.now();
          session.show(() => ({ event: 'depth', at: new Date(atMs).toISOString(), ...now }), () => bookLine(now, atMs));
        },
        onStale: (cause) => {
          if (book !== undefined) book = { ...book, stale: true, staleReason: cause };
        },
      }),
    ),
  );
}

/** `ibkit depth SYMBOL`: the order book, once or until Ctrl-C. */
export async function depth(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbol = parseSymbol('SYMBOL', input.argument('symbol'));
  const fields = instrumentFields(input);
  const rows = input.whole('rows', 1, 60) ?? ROWS;
  if (input.on('watch')) return await watchDepth(context, input, symbol, rows);
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const answer = await operations.depth({ symbol, ...fields, rows }, { signal: context.io.stop });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(depthText(answer));
    return EXIT.ok;
  });
}
