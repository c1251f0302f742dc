import { MarketData } from '@ibkit/market-data';
import type { Quote } from '@ibkit/market-data';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { failureDocument, report } from '../failures.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { quoteDocument, quoteTable } from '../quote-view.js';

type Outcome = { readonly symbol: string; readonly quote: Quote } | { readonly symbol: string; readonly error: unknown };

/** The flags of `ibkit quote`. */
export interface QuoteFlags {
  readonly delayed?: boolean;
}

function look(context: CommandContext, marketData: MarketData, symbols: readonly string[], flags: QuoteFlags): Promise<Outcome[]> {
  return Promise.all(
    symbols.map(async (symbol): Promise<Outcome> => {
      try {
        return { symbol, quote: await marketData.snapshot(symbol, { mode: flags.delayed === true ? 'delayed' : 'live', timeoutMs: context.remainingMs(), signal: context.io.stop }) };
      } catch (error) {
        if (context.io.stop.aborted) throw error;
        return { symbol, error };
      }
    }),
  );
}

/** `ibkit quote SYMBOL...`: one quote each. A symbol that fails does not cost the others theirs; it decides the exit code. */
export function quote(context: CommandContext, symbols: readonly string[], flags: QuoteFlags): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    await using marketData = new MarketData({ connection, lookUpTimeoutMs: context.remainingMs() });
    const outcomes = await look(context, marketData, [...new Set(symbols.map((symbol) => symbol.toUpperCase()))], flags);
    const quotes = outcomes.flatMap((outcome) => ('quote' in outcome ? [outcome.quote] : []));
    const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
    const view = { json: false, debug: context.globals.debug };
    const [first, ...others] = failures;
    if (quotes.length === 0 && first !== undefined) {
      for (const { error } of others) report(context.io, error, view);
      throw first.error;
    }
    const nowMs = connection.clock.now();
    if (context.globals.json) {
      const errors = failures.map(({ symbol, error }) => ({ symbol, ...failureDocument(error) }));
      printDocument(context, { quotes: quotes.map((taken) => quoteDocument(taken, nowMs)), ...(errors.length === 0 ? {} : { errors }) });
    } else {
      context.io.out.write(quoteTable(quotes, nowMs));
    }
    let exitCode: ExitCode = EXIT.ok;
    for (const { error } of failures) exitCode = report(context.io, error, view);
    return exitCode;
  });
}
