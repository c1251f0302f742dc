import type { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import type { Quote } from '@ibkit/market-data';
import { parseDuration, parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { linkView } from '../link-view.js';
import type { LinkView } from '../link-view.js';
import { LiveTable } from '../live-table.js';
import { ageMs, quoteDocument, quoteTable } from '../quote-view.js';
import { stopSignal } from '../stopping.js';
import { amount, count, plain, span } from '../text.js';

/** The flags of `ibkit watch`. */
export interface WatchFlags {
  readonly trades?: boolean;
  readonly for?: string;
  readonly count?: string;
}

/** Counts updates and stops the command once there are enough. */
class Budget {
  #left: number;
  readonly #end: () => void;

  constructor(updates: number, end: () => void) {
    this.#left = updates;
    this.#end = end;
  }

  /** Whether one more update may be printed. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    if (this.#left === 0) this.#end();
    return true;
  }
}

interface Watching {
  readonly context: CommandContext;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
  readonly symbols: readonly string[];
  readonly signal: AbortSignal;
  readonly budget: Budget;
  readonly link: LinkView;
}

function line({ io }: CommandContext, document: unknown): void {
  io.out.write(`${JSON.stringify(document)}\n`);
}

function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

async function watchTrades({ context, marketData, symbols, signal, budget }: Watching): Promise<void> {
  const { globals, io } = context;
  await Promise.all(
    symbols.map(async (symbol) => {
      for await (const item of marketData.tickByTick(symbol, 'AllLast', { signal })) {
        if (item.type === 'gap') {
          if (globals.json) line(context, { event: 'gap', symbol, from: new Date(item.fromMs).toISOString(), to: new Date(item.toMs).toISOString(), reason: item.reason });
          else io.out.write(`-- gap in ${symbol} from ${clockText(item.fromMs)} to ${clockText(item.toMs)}: ${plain(item.reason)}\n`);
        } else if (budget.take()) {
          const { price, size, exchange, conditions, pastLimit, unreported } = item;
          if (globals.json) line(context, { event: 'trade', symbol, time: new Date(item.time).toISOString(), price, size, exchange, conditions, pastLimit, unreported });
          else io.out.write(`${new Date(item.time).toISOString().slice(11, 19)}  ${symbol.padEnd(6)} ${amount(price).padStart(12)} x ${count(size).padEnd(9)} ${plain(exchange)} ${plain(conditions)}\n`);
        }
      }
    }),
  );
}

function quoteLine(quote: Quote, nowMs: number): string {
  return `${clockText(nowMs)}  ${plain(quote.symbol).padEnd(6)} ${amount(quote.bid)} x ${amount(quote.ask)}  last ${amount(quote.last)}  volume ${count(quote.volume)}  ${quote.mode}${quote.stale ? ', stale' : ''}, ${span(ageMs(quote, nowMs))} old\n`;
}

async function watchQuotes({ context, connection, marketData, symbols, signal, budget, link }: Watching): Promise<void> {
  const { globals, io, clock } = context;
  const latest = new Map<string, Quote>();
  const screen = io.out.isTerminal && !globals.json ? new LiveTable(context, () => `${quoteTable([...latest.values()], clock.now())}${link.text(connection)}\n`) : undefined;
  try {
    await Promise.all(
      symbols.map(async (symbol) => {
        for await (const quote of marketData.subscribeTicker(symbol, { signal })) {
          if (!budget.take()) return;
          latest.set(symbol, quote);
          if (globals.json) line(context, { event: 'quote', at: new Date(clock.now()).toISOString(), ...quoteDocument(quote, clock.now()) });
          else if (screen === undefined) io.out.write(quoteLine(quote, clock.now()));
        }
      }),
    );
  } finally {
    screen?.close();
  }
}

/** `ibkit watch SYMBOL...`: quotes, or every trade with `--trades`, over reconnects, until Ctrl-C. */
export function watch(context: CommandContext, symbols: readonly string[], flags: WatchFlags): Promise<ExitCode> {
  const forMs = flags.for === undefined ? undefined : parseDuration('--for', flags.for);
  const updates = flags.count === undefined ? Number.POSITIVE_INFINITY : parseWhole('--count', flags.count, 1);
  return withGateway(context, { role: 'read', autoReconnect: true }, async (connection) => {
    const enough = new AbortController();
    const ending = stopSignal(context, forMs);
    const signal = AbortSignal.any([ending.signal, enough.signal]);
    const link = linkView(context, connection);
    try {
      await using marketData = new MarketData({ connection });
      const budget = new Budget(updates, () => {
        enough.abort(new Error('enough updates'));
      });
      const watching = { context, connection, marketData, symbols: [...new Set(symbols.map((symbol) => symbol.toUpperCase()))], signal, budget, link };
      await (flags.trades === true ? watchTrades(watching) : watchQuotes(watching));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      link.close();
      ending.cancel();
    }
    return EXIT.ok;
  });
}
