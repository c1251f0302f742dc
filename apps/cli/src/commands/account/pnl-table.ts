import type { ApiPnl } from '@ibkit/api-contract';
import { table } from '../../render/table.js';
import { clockText, plain, signed, span } from '../../render/text.js';

/** Profit and loss as a table; an old value says that it is old. */
export function pnlTable(rows: readonly ApiPnl[], nowMs: number): string {
  return table(
    [{ title: 'ACCOUNT' }, { title: 'TODAY', align: 'right' }, { title: 'UNREALISED', align: 'right' }, { title: 'REALISED', align: 'right' }, { title: 'AGE', align: 'right' }],
    rows.map((row) => [plain(row.account), signed(row.dailyPnl), signed(row.unrealizedPnl), signed(row.realizedPnl), `${row.stale ? 'stale, ' : ''}${span(Math.max(0, nowMs - row.atMs))}`]),
  );
}

/** One line of a stream. */
export function pnlLine(row: ApiPnl, nowMs: number): string {
  return `${clockText(nowMs)}  ${plain(row.account)}  today ${signed(row.dailyPnl)}  unrealised ${signed(row.unrealizedPnl)}  realised ${signed(row.realizedPnl)}${row.stale ? '  stale' : ''}\n`;
}
