import type { ConnectionManager } from '@ibkit/core-connection';
import { MarketData } from '@ibkit/market-data';
import type { GapTick, Quote } from '@ibkit/market-data';
import { parseDuration, parseWhole } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { failureDocument, report } from '../failures.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { linkView } from '../link-view.js';
import { LiveTable } from '../live-table.js';
import { ageMs, quoteDocument, quoteTable } from '../quote-view.js';
import { stopSignal } from '../stopping.js';
import { amount, count, plain, span } from '../text.js';

/** The flags of `ibkit watch`. */
export interface WatchFlags {
  readonly trades?: boolean;
  readonly delayed?: boolean;
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

interface Wanted {
  readonly symbols: readonly string[];
  readonly trades: boolean;
  readonly mode: 'live' | 'delayed';
  readonly forMs: number | undefined;
  readonly updates: number;
}

interface Watching {
  readonly wanted: Wanted;
  readonly context: CommandContext;
  readonly marketData: MarketData;
  readonly signal: AbortSignal;
  readonly budget: Budget;
  readonly screen: LiveTable | undefined;
}

function line({ io }: CommandContext, document: unknown): void {
  io.out.write(`${JSON.stringify(document)}\n`);
}

function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

type Gap = Pick<GapTick, 'fromMs' | 'toMs' | 'reason'>;

function gapLine(symbol: string, gap: Gap): string {
  return `-- gap in ${symbol} from ${clockText(gap.fromMs)} to ${clockText(gap.toMs)}: ${plain(gap.reason)}\n`;
}

function gapDocument(symbol: string, gap: Gap): Record<string, unknown> {
  return { event: 'gap', symbol, from: new Date(gap.fromMs).toISOString(), to: new Date(gap.toMs).toISOString(), reason: gap.reason };
}

async function watchTrades({ context, marketData, signal, budget }: Watching, symbol: string): Promise<void> {
  const { globals, io } = context;
  for await (const item of marketData.tickByTick(symbol, 'AllLast', { signal })) {
    if (item.type === 'gap') {
      if (globals.json) line(context, gapDocument(symbol, item));
      else io.out.write(gapLine(symbol, item));
    } else if (budget.take()) {
      const { price, size, exchange, conditions, pastLimit, unreported } = item;
      if (globals.json) line(context, { event: 'trade', symbol, time: new Date(item.time).toISOString(), price, size, exchange, conditions, pastLimit, unreported });
      else io.out.write(`${new Date(item.time).toISOString().slice(11, 19)}  ${symbol.padEnd(6)} ${amount(price).padStart(12)} x ${count(size).padEnd(9)} ${plain(`${exchange} ${conditions}`).trimEnd()}\n`);
    }
  }
}

function quoteLine(quote: Quote, nowMs: number): string {
  return `${clockText(nowMs)}  ${plain(quote.symbol).padEnd(6)} ${amount(quote.bid)} x ${amount(quote.ask)}  last ${amount(quote.last)}  volume ${count(quote.volume)}  ${quote.mode}${quote.stale ? ', stale' : ''}, ${span(ageMs(quote, nowMs))} old\n`;
}

async function watchQuotes({ wanted, context, marketData, signal, budget, screen }: Watching, symbol: string, show: (quote: Quote) => void): Promise<void> {
  const { globals, io, clock } = context;
  const ticker = marketData.subscribeTicker(symbol, { mode: wanted.mode, signal });
  ticker.on('gap', ({ fromMs, toMs, reason }) => {
    const gap = { fromMs, toMs, reason };
    if (globals.json) line(context, gapDocument(symbol, gap));
    else if (screen === undefined) io.out.write(gapLine(symbol, gap));
  });
  for await (const quote of ticker) {
    if (!budget.take()) return;
    show(quote);
    if (globals.json) line(context, { event: 'quote', at: new Date(clock.now()).toISOString(), ...quoteDocument(quote, clock.now()) });
    else if (screen === undefined) io.out.write(quoteLine(quote, clock.now()));
  }
}

/** Follows every symbol until all have ended. One that fails is told and does not end the others; it decides the exit code. */
async function watchAll(watching: Watching, follow: (symbol: string) => Promise<void>): Promise<ExitCode> {
  const { wanted, context, signal, screen } = watching;
  const { globals, io } = context;
  let exitCode: ExitCode = EXIT.ok;
  let alive = wanted.symbols.length;
  await Promise.all(
    wanted.symbols.map(async (symbol) => {
      try {
        await follow(symbol);
      } catch (error) {
        if (signal.aborted) return;
        alive -= 1;
        if (alive === 0) throw error;
        if (globals.json) line(context, { event: 'error', symbol, error: failureDocument(error) });
        const tell = (): void => {
          exitCode = report(io, error, { json: false, debug: globals.debug });
        };
        if (screen === undefined) tell();
        else screen.interject(tell);
      }
    }),
  );
  return exitCode;
}

async function stream(context: CommandContext, connection: ConnectionManager, wanted: Wanted): Promise<ExitCode> {
  const { globals, io, clock } = context;
  const enough = new AbortController();
  const ending = stopSignal(context, wanted.forMs);
  const signal = AbortSignal.any([ending.signal, enough.signal]);
  const latest = new Map<string, Quote>();
  const draw = (): string => `${quoteTable([...latest.values()], clock.now())}${link.text(connection)}\n`;
  const screen = io.out.isTerminal && !globals.json && !wanted.trades ? new LiveTable(context, draw) : undefined;
  const link = linkView(context, connection, (write) => {
    if (screen === undefined) write();
    else screen.interject(write);
  });
  const budget = new Budget(wanted.updates, () => {
    enough.abort(new Error('enough updates'));
  });
  try {
    await using marketData = new MarketData({ connection, lookUpTimeoutMs: globals.timeoutMs });
    const watching = { wanted, context, marketData, signal, budget, screen };
    const show = (quote: Quote): void => {
      latest.set(quote.symbol, quote);
    };
    return await watchAll(watching, (symbol) => (wanted.trades ? watchTrades(watching, symbol) : watchQuotes(watching, symbol, show)));
  } finally {
    screen?.close();
    link.close();
    ending.cancel();
  }
}

/** `ibkit watch SYMBOL...`: quotes, or every trade with `--trades`, over reconnects, until Ctrl-C. */
export async function watch(context: CommandContext, symbols: readonly string[], flags: WatchFlags): Promise<ExitCode> {
  const wanted: Wanted = {
    symbols: [...new Set(symbols.map((symbol) => symbol.toUpperCase()))],
    trades: flags.trades === true,
    mode: flags.delayed === true ? 'delayed' : 'live',
    forMs: flags.for === undefined ? undefined : parseDuration('--for', flags.for),
    updates: flags.count === undefined ? Number.POSITIVE_INFINITY : parseWhole('--count', flags.count, 1),
  };
  try {
    return await withGateway(context, { role: 'read', autoReconnect: true }, (connection) => stream(context, connection, wanted));
  } catch (error) {
    // Being stopped is how a stream ends, also while it connects.
    if (context.io.stop.aborted) return EXIT.ok;
    throw error;
  }
}
