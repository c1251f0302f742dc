import { Trading } from '@ibkit/gateway-trading';
import { proveAccounts } from '../account-proof.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { table } from '../table.js';
import { amount, count, plain } from '../text.js';

/** `ibkit positions`. */
export function positions(context: CommandContext): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    proveAccounts(context, connection.accounts);
    await using trading = new Trading({ connection, mode: context.globals.mode, listTimeoutMs: context.remainingMs() });
    await trading.start();
    const { accountId } = context.globals;
    const all = await trading.positions();
    const rows = all.filter((row) => row.position !== 0 && (accountId === undefined || row.account === accountId));
    if (context.globals.json) {
      printDocument(context, { positions: rows.map(({ account, contract, position, avgCost }) => ({ account, symbol: contract.symbol, localSymbol: contract.localSymbol, conId: contract.conId, secType: contract.secType, currency: contract.currency, position, averageCost: avgCost })) });
    } else if (rows.length === 0) {
      context.io.out.write('No positions.\n');
    } else {
      context.io.out.write(
        table(
          [{ title: 'ACCOUNT' }, { title: 'SYMBOL' }, { title: 'TYPE' }, { title: 'POSITION', align: 'right' }, { title: 'AVG COST', align: 'right' }, { title: 'CCY' }],
          rows.map((row) => [plain(row.account), plain(row.contract.localSymbol ?? row.contract.symbol ?? '-'), row.contract.secType ?? '-', count(row.position), amount(row.avgCost), row.contract.currency ?? '-']),
        ),
      );
    }
    return EXIT.ok;
  });
}
