import { provenAccounts } from '../../backend/proven-accounts.js';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { plain } from '../../render/text.js';

/** `ibkit account`. */
export async function account(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const tags = input.list('tags');
  return await withBackend(context, { role: 'read', trading: true }, async (backend) => {
    await provenAccounts(context, backend);
    const { accountId } = context.globals;
    const answer = await backend.operations.accounts(tags === undefined ? {} : { tags: [...tags] }, { signal: context.io.stop });
    const accounts = answer.accounts.filter((summary) => accountId === undefined || summary.account === accountId);
    if (context.globals.json) {
      printDocument(context, { accounts });
    } else {
      context.io.out.write(
        table(
          [{ title: 'ACCOUNT' }, { title: 'VALUE' }, { title: 'AMOUNT', align: 'right' }, { title: 'CCY' }],
          accounts.flatMap((summary) => summary.values.map(({ tag, value, currency }) => [plain(summary.account), plain(tag), plain(value), plain(currency ?? '')])),
        ),
      );
    }
    return EXIT.ok;
  });
}
