import type { ApiOrderTerms, ApiOrderTicket } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { parseWhole } from '../../program/arguments.js';
import type { CommandInput } from '../../program/command-input.js';
import { instrumentOf } from '../market/instrument.js';
import { traded } from './submit.js';

/** The times in force that the command line takes. */
export const TIFS = ['DAY', 'GTC', 'GTD', 'IOC', 'FOK', 'OPG'] as const;

type Terms = Pick<ApiOrderTerms, 'orderType' | 'limitPrice' | 'stopPrice' | 'trailAmount' | 'trailPercent'>;

/** The prices that were given decide the type of the order. */
function termsOf(input: CommandInput): Terms {
  const [limitPrice, stopPrice, trailAmount, trailPercent] = [input.positive('limit'), input.positive('stop'), input.positive('trail'), input.positive('trail-percent')];
  if (trailAmount !== undefined || trailPercent !== undefined) {
    if (trailAmount !== undefined && trailPercent !== undefined) throw new UsageError({ field: '--trail', rule: 'cannot be used together with --trail-percent' });
    if (limitPrice !== undefined) throw new UsageError({ field: '--limit', rule: 'cannot be used together with a trailing stop' });
    return { orderType: 'TRAIL', stopPrice, trailAmount, trailPercent };
  }
  if (stopPrice !== undefined) return limitPrice === undefined ? { orderType: 'STP', stopPrice } : { orderType: 'STP LMT', stopPrice, limitPrice };
  return limitPrice === undefined ? { orderType: 'MKT' } : { orderType: 'LMT', limitPrice };
}

/** Checked before anything connects: a typing error must not cost a connection. */
export function ticketOf(context: CommandContext, action: 'BUY' | 'SELL', input: CommandInput): ApiOrderTicket {
  const account = context.globals.accountId;
  const goodTillDate = input.moment('good-till');
  const tif = input.choice('tif', TIFS);
  if ((tif === 'GTD') !== (goodTillDate !== undefined)) throw new UsageError({ field: '--good-till', rule: 'goes together with --tif GTD' });
  const entry = {
    account,
    tag: input.text('tag'),
    instrument: instrumentOf(input, input.argument('symbol')),
    action,
    quantity: parseWhole('QUANTITY', input.argument('quantity'), 1),
    ...termsOf(input),
    tif,
    goodTillDate,
    outsideRth: input.on('outside-rth') ? true : undefined,
  };
  const [profit, loss] = [input.positive('take-profit'), input.positive('stop-loss')];
  if (profit === undefined && loss === undefined) return { kind: 'order', ...entry };
  return {
    kind: 'bracket',
    entry,
    takeProfit: profit === undefined ? undefined : { orderType: 'LMT', limitPrice: profit },
    stopLoss: loss === undefined ? undefined : { orderType: 'STP', stopPrice: loss },
  };
}

/** `ibkit order buy SYMBOL QUANTITY`. */
export async function buy(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await traded(context, ticketOf(context, 'BUY', input), input);
}

/** `ibkit order sell SYMBOL QUANTITY`. */
export async function sell(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  return await traded(context, ticketOf(context, 'SELL', input), input);
}
