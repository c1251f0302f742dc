import type { RecordedRow, RowKind } from '../row.js';

/** What a column of a table contains; `time` is epoch milliseconds, and a timestamp in Parquet. */
export type ColumnType = 'seq' | 'time' | 'number' | 'text' | 'boolean' | 'bytes';

/** A column of a table: named as the field of the row that it comes from. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

const HEAD: readonly Column[] = [
  { name: 'seq', type: 'seq' },
  { name: 'receivedAtMs', type: 'time' },
];
const INSTRUMENT: readonly Column[] = [...HEAD, { name: 'symbol', type: 'text' }, { name: 'conId', type: 'number' }, { name: 'time', type: 'time' }];

function columns(type: ColumnType, ...names: readonly string[]): readonly Column[] {
  return names.map((name) => ({ name, type }));
}

/** The columns of the table of each kind of row, in order. */
export const COLUMNS: Readonly<Record<RowKind, readonly Column[]>> = {
  trade: [...INSTRUMENT, ...columns('number', 'price', 'size'), ...columns('text', 'exchange', 'conditions'), ...columns('boolean', 'pastLimit', 'unreported')],
  quote: [...INSTRUMENT, ...columns('number', 'bid', 'ask', 'bidSize', 'askSize'), ...columns('text', 'mode')],
  bar: [...INSTRUMENT, ...columns('text', 'date', 'barSize', 'kind'), ...columns('number', 'open', 'high', 'low', 'close', 'volume', 'wap', 'count')],
  depth: [...INSTRUMENT, ...columns('text', 'side', 'operation'), ...columns('number', 'position', 'price', 'size'), ...columns('text', 'marketMaker'), ...columns('boolean', 'smart')],
  gap: [...HEAD, ...columns('text', 'origin'), ...columns('time', 'fromMs', 'toMs'), ...columns('text', 'reason', 'symbol'), ...columns('number', 'conId', 'lost')],
  session: [...HEAD, ...columns('text', 'event', 'reason'), ...columns('number', 'epoch')],
  frame: [...HEAD, ...columns('text', 'direction'), ...columns('number', 'epoch'), ...columns('bytes', 'bytes')],
};

/** What a column can contain. */
export type CellValue = string | number | boolean | Uint8Array | undefined;

/** What a row has in a column; undefined for nothing. */
export function valueOf(row: RecordedRow, column: Column): CellValue {
  const value: unknown = Reflect.get(row, column.name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Uint8Array ? value : undefined;
}
