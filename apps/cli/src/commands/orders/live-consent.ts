import { SystemError, UsageError } from '@ibkit/error-codes';
import type { CommandContext } from '../../config/globals.js';
import type { CommandInput } from '../../program/command-input.js';
import { canAsk, confirmed } from '../../terminal/ask.js';

/**
 * Live money is moved by a person at a terminal, or by a script that says so. Checked before anything connects.
 * @throws UsageError
 */
export function checkLiveCall(context: CommandContext, input: CommandInput): void {
  const { mode, accountId } = context.globals;
  if (mode !== 'live') return;
  if (!input.on('yes') && !canAsk(context)) throw new UsageError({ field: '--yes', rule: 'is needed in live mode when nobody is there to be asked (input or output is no terminal)' });
  if (accountId === undefined) throw new UsageError({ field: '--account-id', rule: 'is needed in live mode: the account must be named' });
}

/** Asks the person at the terminal. @throws SystemError `IBKR_NOT_CONFIRMED` for everything but yes: nothing was done */
export async function confirmLive(context: CommandContext, input: CommandInput, question: string): Promise<void> {
  if (context.globals.mode !== 'live' || input.on('yes')) return;
  if (await confirmed(context, question, 'yes')) return;
  throw new SystemError({ code: 'IBKR_NOT_CONFIRMED', message: 'Not confirmed: nothing was sent.', retryable: true });
}
