import { UsageError } from '@ibkit/error-codes';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { checkLiveCall, confirmLive } from './live-consent.js';
import { orderText } from './order-text.js';
import { exitCodeOfChange } from './outcome.js';
import { TIFS } from './place.js';
import { waitMsOf } from './wait-ms.js';

/** `ibkit order modify KEY`: changes a working order and waits for the word of the broker. */
export async function modify(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const id = input.argument('order');
  const body = { quantity: input.positive('quantity'), limitPrice: input.positive('limit'), stopPrice: input.positive('stop'), trailAmount: input.positive('trail'), trailPercent: input.positive('trail-percent'), tif: input.choice('tif', TIFS) };
  if (Object.values(body).every((value) => value === undefined)) throw new UsageError({ field: '--limit', rule: '(or another flag for what is to change) is needed' });
  checkLiveCall(context, input);
  return await withBackend(context, { role: 'order', autoReconnect: true }, async (backend) => {
    await backend.ready();
    await confirmLive(context, input, `This changes the LIVE order ${plain(id)}.`);
    const order = await backend.operations.modifyOrder({ id, waitMs: waitMsOf(context, input), body });
    const { change } = order;
    if (globals.json) printDocument(context, order);
    else io.out.write(`${orderText(order)}: ${order.status}, change ${change?.status ?? 'not needed'}, key ${plain(order.key)}\n${change?.reason === undefined ? '' : `  reason    ${change.code === undefined ? '' : `${change.code} `}${plain(change.reason)}\n`}`);
    return exitCodeOfChange(order);
  });
}
