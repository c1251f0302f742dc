import type { ApiPosition } from '@ibkit/api-contract';
import { table } from '../../render/table.js';
import type { Column } from '../../render/table.js';
import { amount, count, plain, signed } from '../../render/text.js';

const COLUMNS: readonly Column[] = [{ title: 'ACCOUNT' }, { title: 'SYMBOL' }, { title: 'TYPE' }, { title: 'POSITION', align: 'right' }, { title: 'AVG COST', align: 'right' }, { title: 'CCY' }];
const VALUE_COLUMNS: readonly Column[] = [{ title: 'PRICE', align: 'right' }, { title: 'VALUE', align: 'right' }, { title: 'UNREALISED', align: 'right' }];

function cells(row: ApiPosition): readonly string[] {
  return [plain(row.account), plain(row.localSymbol ?? row.symbol ?? '-'), plain(row.secType ?? '-'), count(row.position), amount(row.averageCost), plain(row.currency ?? '-')];
}

/** Positions as a table; market values only when there are any. */
export function positionTable(rows: readonly ApiPosition[]): string {
  if (rows.length === 0) return 'No positions.\n';
  const valued = rows.some(({ marketPrice, marketValue }) => marketPrice !== undefined || marketValue !== undefined);
  return table(valued ? [...COLUMNS, ...VALUE_COLUMNS] : COLUMNS, rows.map((row) => [...cells(row), ...(valued ? [amount(row.marketPrice), amount(row.marketValue), signed(row.unrealizedPnl)] : [])]));
}
