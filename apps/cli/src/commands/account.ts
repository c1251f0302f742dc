import { Trading } from '@ibkit/gateway-trading';
import { proveAccounts } from '../account-proof.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { table } from '../table.js';
import { plain } from '../text.js';

/** `ibkit account`. */
export function account(context: CommandContext): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    proveAccounts(context, connection.accounts);
    await using trading = new Trading({ connection, mode: context.globals.mode, listTimeoutMs: context.remainingMs() });
    await trading.start();
    const { accountId } = context.globals;
    const all = await trading.account();
    const accounts = all.filter((summary) => accountId === undefined || summary.account === accountId);
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
