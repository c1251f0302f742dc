import type { ApiForeignOrder, ApiOrder } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import type { CommandInput } from '../../program/command-input.js';
import { table } from '../../render/table.js';
import { amount, count, momentText, plain } from '../../render/text.js';
import { contractText } from './order-text.js';

const ROWS = 100;

function cells(order: ApiOrder): readonly string[] {
  const { stagedAtMs, key, orderId, action, contract, quantity, orderType, limitPrice, stopPrice, filledQuantity, averagePrice, status, cancel, tag } = order;
  return [momentText(stagedAtMs), plain(key), String(orderId), action, count(quantity), contractText(contract), orderType, amount(limitPrice ?? stopPrice), filledQuantity === 0 ? '-' : `${count(filledQuantity)} at ${amount(averagePrice)}`, `${status}${cancel === 'requested' && !order.ended ? ', cancel asked' : ''}`, plain(tag ?? '')];
}

function foreignText(orders: readonly ApiForeignOrder[]): string {
  if (orders.length === 0) return '';
  const rows = orders.map(({ clientId, permId, action, quantity, contract, orderType, limitPrice, status }) => [clientId === undefined || clientId < 0 ? 'by hand' : String(clientId), plain(permId), plain(action ?? '-'), count(quantity), contractText(contract), plain(orderType ?? '-'), amount(limitPrice), plain(status)]);
  return `\nOf others\n${table([{ title: 'CLIENT' }, { title: 'PERM ID' }, { title: 'SIDE' }, { title: 'QTY', align: 'right' }, { title: 'CONTRACT' }, { title: 'TYPE' }, { title: 'PRICE', align: 'right' }, { title: 'STATUS' }], rows)}`;
}

function noneText(status: string | undefined): string {
  return status === undefined || status === 'open' ? 'No open orders. Those that have ended: ibkit orders --status all\n' : 'No orders.\n';
}

function ordersText(orders: readonly ApiOrder[], foreign: readonly ApiForeignOrder[], status: string | undefined): string {
  const columns = [{ title: 'TIME' }, { title: 'KEY' }, { title: 'ID' }, { title: 'SIDE' }, { title: 'QTY', align: 'right' as const }, { title: 'CONTRACT' }, { title: 'TYPE' }, { title: 'PRICE', align: 'right' as const }, { title: 'FILLED' }, { title: 'STATUS' }, { title: 'TAG' }];
  return `${orders.length === 0 ? noneText(status) : table(columns, orders.map(cells))}${foreignText(foreign)}`;
}

/** `ibkit orders`. Opens the journal, so that it is as fresh as the broker's lists. */
export async function orders(context: CommandContext, input: CommandInput): Promise<ExitCode> {
  const { globals, io } = context;
  const query = { status: input.choice('status', ['open', 'ended', 'unknown', 'all']), account: globals.accountId, key: input.text('key'), tag: input.text('tag'), limit: input.whole('limit', 1, 10_000) ?? ROWS };
  return await withBackend(context, { role: 'order' }, async (backend) => {
    await backend.ready();
    const answer = await backend.operations.orders(query, { signal: io.stop });
    if (globals.json) printDocument(context, answer);
    else io.out.write(ordersText(answer.orders, answer.foreign, query.status));
    if (answer.next !== undefined) io.err.write(`ibkit: note: there are more than ${query.limit}; --limit shows more\n`);
    return EXIT.ok;
  });
}
