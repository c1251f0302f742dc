import { UsageError } from '@ibkit/error-codes';
import { withBackend, withOfflineOr } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { plain } from '../../render/text.js';
import { checkLiveCall, confirmLive } from '../orders/live-consent.js';

/** The contract arms for no shorter and no longer, milliseconds. */
const LEAST_MS = 1_000;
const LONGEST_MS = 28_800_000;

function needsLive({ globals }: CommandContext): void {
  if (globals.mode !== 'live') throw new UsageError({ field: '--live', rule: 'is needed: paper trading needs no arming' });
}

/** `ibkit arm`: live orders may go to one account for a while. */
export async function arm(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const forMs = input.duration('for') ?? 0;
  needsLive(context);
  if (forMs < LEAST_MS || forMs > LONGEST_MS) throw new UsageError({ field: '--for', value: input.text('for'), rule: 'must be from 1s to 8h' });
  const { accountId: account } = globals;
  if (account === undefined) throw new UsageError({ field: '--account-id', rule: 'is needed: an arming is for one account' });
  checkLiveCall(context, input);
  return await withBackend(context, { role: 'order' }, async ({ operations }) => {
    await confirmLive(context, input, `This allows LIVE orders in ${plain(account)}.`);
    const arming = await operations.arm({ body: { account, forMs: Math.round(forMs), reason: input.text('reason') ?? 'ibkit arm' } });
    if (globals.json) printDocument(context, arming);
    else io.out.write(`Armed  ${plain(account)} until ${new Date(arming.expiresAtMs).toISOString()}. End it earlier with: ibkit disarm --live\n`);
    return EXIT.ok;
  });
}

/** `ibkit disarm`: ends an arming. Needs no gateway. */
export async function disarm(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  needsLive(context);
  return await withOfflineOr(context, async ({ operations }) => {
    const answer = await operations.disarm({ reason: input.text('reason') ?? 'ibkit disarm' });
    if (context.globals.json) printDocument(context, answer);
    else context.io.out.write(answer.changed ? 'Disarmed.\n' : 'Nothing was armed.\n');
    return EXIT.ok;
  });
}
