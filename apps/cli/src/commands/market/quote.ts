import type { ApiQuote } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { Backend } from '../../backend/backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { failureDocument, report } from '../../output/failures.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { quoteTable } from '../../render/quote-table.js';
import { dataMode, instrumentFields, symbolsOf } from './instrument.js';

type Outcome = { readonly symbol: string; readonly quote: ApiQuote } | { readonly symbol: string; readonly error: unknown };

function look(context: CommandContext, { operations }: Backend, symbols: readonly string[], input: CommandInput): Promise<Outcome[]> {
  const fields = { ...instrumentFields(input), ...dataMode(input) };
  return Promise.all(
    symbols.map(async (symbol): Promise<Outcome> => {
      try {
        return { symbol, quote: await operations.quote({ symbol, ...fields }, { signal: context.io.stop }) };
      } catch (error) {
        if (context.io.stop.aborted) throw error;
        return { symbol, error };
      }
    }),
  );
}

/** `ibkit quote SYMBOL...`: one quote each. A symbol that fails does not cost the others theirs; it decides the exit code. */
export async function quote(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbols = symbolsOf(input);
  instrumentFields(input);
  return await withBackend(context, { role: 'read' }, async (backend) => {
    const outcomes = await look(context, backend, symbols, input);
    const quotes = outcomes.flatMap((outcome) => ('quote' in outcome ? [outcome.quote] : []));
    const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
    const view = { json: false, debug: context.globals.debug };
    const [first, ...others] = failures;
    if (quotes.length === 0 && first !== undefined) {
      for (const { error } of others) report(context.io, error, view);
      throw first.error;
    }
    if (context.globals.json) {
      const errors = failures.map(({ symbol, error }) => ({ symbol, ...failureDocument(error) }));
      printDocument(context, { quotes, ...(errors.length === 0 ? {} : { errors }) });
    } else {
      context.io.out.write(quoteTable(quotes));
    }
    let exitCode: ExitCode = EXIT.ok;
    for (const { error } of failures) exitCode = report(context.io, error, view);
    return exitCode;
  });
}
