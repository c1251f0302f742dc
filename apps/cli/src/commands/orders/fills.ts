import type { ApiFill } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { amount, count, momentText, plain, signed } from '../../render/text.js';
import { contractText } from './order-text.js';

const ROWS = 100;

function cells({ executedAtMs, time, account, side, quantity, contract, price, exchange, commission, key }: ApiFill): readonly string[] {
  const cost = commission.status === 'pending' ? ['pending', ''] : [`${amount(commission.amount)} ${plain(commission.currency)}`, signed(commission.realizedPnl)];
  return [executedAtMs === undefined ? plain(time) : momentText(executedAtMs), plain(account), plain(side), count(quantity), contractText(contract), amount(price), plain(exchange), ...cost, plain(key ?? '-')];
}

/** `ibkit fills`: a commission that was not told yet is pending, never 0. */
export async function fills(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const query = { from: input.moment('from'), to: input.moment('to'), account: globals.accountId, key: input.text('key'), limit: input.whole('limit', 1, 10_000) ?? ROWS };
  return await withBackend(context, { role: 'order' }, async (backend) => {
    await backend.ready();
    const answer = await backend.operations.fills(query, { signal: io.stop });
    const columns = [{ title: 'TIME' }, { title: 'ACCOUNT' }, { title: 'SIDE' }, { title: 'QTY', align: 'right' as const }, { title: 'CONTRACT' }, { title: 'PRICE', align: 'right' as const }, { title: 'EXCHANGE' }, { title: 'COMMISSION', align: 'right' as const }, { title: 'REALISED', align: 'right' as const }, { title: 'KEY' }];
    if (globals.json) printDocument(context, answer);
    else io.out.write(answer.fills.length === 0 ? 'No fills.\n' : table(columns, answer.fills.map(cells)));
    if (answer.next !== undefined) io.err.write(`ibkit: note: there are more than ${query.limit}; --limit shows more\n`);
    return EXIT.ok;
  });
}
