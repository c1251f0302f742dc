import { UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { parseSymbol } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { TIFS } from './place.js';
import { traded } from './submit.js';

const RIGHTS = ['C', 'P'] as const;

function needed<T>(flag: string, value: T | undefined): T {
  if (value === undefined) throw new UsageError({ field: flag, rule: 'is needed' });
  return value;
}

/** `ibkit spread vertical SYMBOL`: two options as one order. */
export async function vertical(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const [longStrike, shortStrike] = [needed('--long', input.positive('long')), needed('--short', input.positive('short'))];
  if (longStrike === shortStrike) throw new UsageError({ field: '--short', value: shortStrike, rule: 'must differ from --long' });
  const expiry = needed('--expiry', input.text('expiry'));
  if (!/^\d{4}-\d{2}-\d{2}$/.test(expiry)) throw new UsageError({ field: '--expiry', value: expiry, rule: 'must be a day such as 2026-12-18' });
  const limitPrice = input.number('limit');
  const ticket = {
    kind: 'spread' as const,
    spread: 'vertical' as const,
    account: context.globals.accountId,
    tag: input.text('tag'),
    symbol: parseSymbol('SYMBOL', input.argument('symbol')),
    quantity: input.whole('quantity', 1) ?? 1,
    orderType: limitPrice === undefined ? ('MKT' as const) : ('LMT' as const),
    limitPrice,
    tif: input.choice('tif', TIFS),
    tradingClass: input.text('trading-class'),
    expiry,
    right: needed('--right', input.choice('right', RIGHTS)),
    longStrike,
    shortStrike,
  };
  return await traded(context, ticket, input);
}
