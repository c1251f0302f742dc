import { MarketData } from '@ibkit/market-data';
import type { Quote } from '@ibkit/market-data';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { report } from '../failures.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { quoteDocument, quoteTable } from '../quote-view.js';

type Outcome = { readonly quote: Quote } | { readonly error: unknown };

/** `ibkit quote SYMBOL...`: one quote each. A symbol that fails does not cost the others theirs; it decides the exit code. */
export function quote(context: CommandContext, symbols: readonly string[]): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    await using marketData = new MarketData({ connection });
    const outcomes = await Promise.all(
      symbols.map(async (symbol): Promise<Outcome> => {
        try {
          return { quote: await marketData.snapshot(symbol.toUpperCase(), { timeoutMs: context.globals.timeoutMs, signal: context.io.stop }) };
        } catch (error) {
          return { error };
        }
      }),
    );
    const quotes = outcomes.flatMap((outcome) => ('quote' in outcome ? [outcome.quote] : []));
    const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
    if (quotes.length === 0 && failures.length > 0) {
      const [first, ...others] = failures;
      for (const failure of others) report(context.io, failure, { json: false, debug: context.globals.debug });
      throw first;
    }
    if (context.globals.json) printDocument(context, { quotes: quotes.map((taken) => quoteDocument(taken, connection.clock.now())) });
    else context.io.out.write(quoteTable(quotes, connection.clock.now()));
    let exitCode: ExitCode = EXIT.ok;
    for (const failure of failures) exitCode = report(context.io, failure, { json: false, debug: context.globals.debug });
    return exitCode;
  });
}
