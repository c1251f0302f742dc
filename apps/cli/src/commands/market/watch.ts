import { topicText } from '@ibkit/api-contract';
import type { ApiQuote, TopicDelta } from '@ibkit/api-contract';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { amount, clockText, count, plain, span } from '../../render/text.js';
import { quoteOf } from '../../stream/numbers-of.js';
import { streamLimits } from '../../stream/stream-session.js';
import type { StreamSession } from '../../stream/stream-session.js';
import { withStream } from '../../stream/with-stream.js';
import { instrumentFields, symbolsOf } from './instrument.js';
import { QuoteBoard } from './quote-board.js';

function tradeDocument({ symbol, tradedAtUs, price, size, exchange, conditions, pastLimit, unreported }: TopicDelta<'trades'>): Record<string, unknown> {
  return { event: 'trade', symbol, time: new Date(tradedAtUs / 1000).toISOString(), price: Number(price), size: Number(size), exchange, conditions, pastLimit, unreported };
}

function tradeLine({ symbol, tradedAtUs, price, size, exchange, conditions }: TopicDelta<'trades'>): string {
  return `${new Date(tradedAtUs / 1000).toISOString().slice(11, 19)}  ${plain(symbol).padEnd(6)} ${amount(Number(price)).padStart(12)} x ${count(Number(size)).padEnd(9)} ${plain(`${exchange} ${conditions}`).trimEnd()}\n`;
}

async function watchTrades(session: StreamSession, input: CommandInput, symbol: string): Promise<void> {
  await session.follow({
    kind: 'trades',
    topic: topicText({ kind: 'trades', instrument: symbol }),
    subject: symbol,
    instrument: instrumentFields(input),
    onState: (_state, event) => {
      if (event.type !== 'delta' || !session.take()) return;
      session.show(() => tradeDocument(event.data), () => tradeLine(event.data));
    },
  });
}

function quoteLine(quote: ApiQuote, nowMs: number): string {
  return `${clockText(nowMs)}  ${plain(quote.symbol).padEnd(6)} ${amount(quote.bid)} x ${amount(quote.ask)}  last ${amount(quote.last)}  volume ${count(quote.volume)}  ${quote.mode}${quote.stale ? ', stale' : ''}, ${span(quote.ageMs)} old\n`;
}

async function watchQuotes(session: StreamSession, context: CommandContext, input: CommandInput, symbol: string, board: QuoteBoard): Promise<void> {
  const { clock } = context;
  await session.follow({
    kind: 'quotes',
    topic: topicText({ kind: 'quotes', instrument: symbol }),
    subject: symbol,
    instrument: instrumentFields(input),
    marketData: input.on('delayed') ? 'delayed' : undefined,
    onState: (data) => {
      // Until something was received there is nothing to show.
      if (data.receivedAtUs === undefined || !session.take()) return;
      const nowMs = clock.now();
      const quote = quoteOf(data, nowMs);
      board.put(quote, nowMs);
      session.show(() => ({ event: 'quote', at: new Date(nowMs).toISOString(), ...quote }), () => quoteLine(quote, nowMs));
    },
    onStale: (cause) => {
      board.stale(symbol, cause);
    },
  });
}

/** `ibkit watch SYMBOL...`: quotes, or every trade with `--trades`, over reconnects, until Ctrl-C. */
export async function watch(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbols = symbolsOf(input);
  instrumentFields(input);
  const trades = input.on('trades');
  const board = new QuoteBoard(context, symbols);
  return await withStream(context, streamLimits(input), trades ? undefined : () => board.text(), async (session) => {
    const release = session.drawn ? context.io.in.keys((key) => { board.key(key, session); }) : undefined;
    try {
      return await session.all(symbols, (symbol) => (trades ? watchTrades(session, input, symbol) : watchQuotes(session, context, input, symbol, board)));
    } finally {
      release?.();
    }
  });
}
