import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument, warn } from '../../output/print.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { colorsFor } from '../../render/colors.js';
import { plain } from '../../render/text.js';
import { chainText } from './chain-table.js';
import { dataMode } from './instrument.js';

const STRIKES_EACH_SIDE = 5;

/** `ibkit chain SYMBOL`: options around the money with Greeks. A chain that is not complete says so. */
export async function chain(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const symbol = parseSymbol('SYMBOL', input.argument('symbol'));
  const expiries = input.list('expiry');
  const [fromStrike, toStrike] = [input.positive('from-strike'), input.positive('to-strike')];
  const query = {
    symbol,
    ...dataMode(input),
    exchange: input.text('exchange'),
    tradingClass: input.text('trading-class'),
    expiries: expiries === undefined ? undefined : [...expiries],
    nextExpiries: expiries === undefined ? (input.whole('next', 1, 100) ?? 1) : undefined,
    fromStrike,
    toStrike,
    strikesEachSide: fromStrike === undefined && toStrike === undefined ? (input.whole('strikes', 1, 500) ?? STRIKES_EACH_SIDE) : undefined,
    right: input.choice('right', ['C', 'P']),
    timeoutMs: Math.max(1000, context.globals.timeoutMs),
  };
  return await withBackend(context, { role: 'read' }, async ({ operations }) => {
    const answer = await operations.chain(query, { signal: context.io.stop });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(chainText(answer, colorsFor(context)));
    if (answer.partial !== undefined) warn(context, `The chain is not complete: ${plain(answer.partial.reason)}, ${answer.partial.missing} missing. A longer --timeout may help.`);
    return EXIT.ok;
  });
}
