import { UsageError } from '@ibkit/error-codes';
import { parseDuration } from '../arguments.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { plain } from '../text.js';
import { checkLiveInPipe } from '../trading-options.js';
import { withOfflineTrading, withTrading } from '../trading-session.js';

/** The flags of `ibkit arm`. */
export interface ArmFlags {
  readonly for: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** `ibkit arm`: live orders may go to one account for a while. */
export async function arm(context: CommandContext, flags: ArmFlags): Promise<ExitCode> {
  const { globals, io } = context;
  const forMs = parseDuration('--for', flags.for);
  if (globals.mode !== 'live') throw new UsageError({ field: '--live', rule: 'is needed: paper trading needs no arming' });
  const { accountId: account } = globals;
  if (account === undefined) throw new UsageError({ field: '--account-id', rule: 'is needed: an arming is for one account' });
  checkLiveInPipe(globals, io, flags.yes);
  return await withGateway(context, { role: 'order' }, (connection) =>
    withTrading(context, connection, async (trading) => {
      const { armedAtMs, expiresAtMs } = await trading.arm({ account, forMs, reason: flags.reason ?? 'ibkit arm' });
      if (globals.json) printDocument(context, { armed: true, account, armedAtMs, expiresAtMs });
      else io.out.write(`Armed  ${plain(account)} until ${new Date(expiresAtMs).toISOString()}. End it earlier with: ibkit disarm --live\n`);
      return EXIT.ok;
    }),
  );
}

/** `ibkit disarm`: ends an arming. Needs no gateway. */
export async function disarm(context: CommandContext, flags: { readonly reason?: string }): Promise<ExitCode> {
  const { globals, io } = context;
  if (globals.mode !== 'live') throw new UsageError({ field: '--live', rule: 'is needed: paper trading needs no arming' });
  return await withOfflineTrading(context, async (trading) => {
    const ended = await trading.disarm(flags.reason ?? 'ibkit disarm');
    if (globals.json) printDocument(context, { armed: false, ended });
    else io.out.write(ended ? 'Disarmed.\n' : 'Nothing was armed.\n');
    return EXIT.ok;
  });
}
