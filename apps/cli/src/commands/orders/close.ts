import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import type { CommandInput } from '../../program/command-input.js';
import { instrumentOf } from '../market/instrument.js';
import { TIFS } from './place.js';
import { traded } from './submit.js';

/** `ibkit close SYMBOL`: the end of a position. */
export async function close(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const ticket = {
    kind: 'close' as const,
    account: context.globals.accountId,
    tag: input.text('tag'),
    instrument: instrumentOf(input, input.argument('symbol')),
    quantity: input.positive('quantity'),
    limitPrice: input.positive('limit'),
    tif: input.choice('tif', TIFS),
    outsideRth: input.on('outside-rth') ? true : undefined,
    cancelOrders: input.on('cancel-orders') ? true : undefined,
  };
  return await traded(context, ticket, input);
}
