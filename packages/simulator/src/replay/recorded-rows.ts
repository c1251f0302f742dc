import { UsageError } from '@ibkit/error-codes';
import { SimulatorRows } from '@ibkit/recording';
import type { SimulatorRow } from '@ibkit/recording';
import type { NewYorkDays } from '../market/new-york-days.js';
import type { OwnRow, RowKind } from './own-row.js';
import { OwnRows } from './own-rows.js';

/** The row of the recording that was read last. */
class RecordedRow implements OwnRow {
  readonly #directory: string;
  #row: SimulatorRow = {};

  constructor(directory: string) {
    this.#directory = directory;
  }

  take(row: SimulatorRow): this {
    this.#row = row;
    return this;
  }

  value(field: string): unknown {
    return this.#row[field] ?? undefined;
  }

  fail(field: string, rule: string, value?: unknown): never {
    throw new UsageError({ field: `${this.#directory}: a row of ${String(this.#row['symbol'])}, ${field}`, rule, value });
  }
}

function kindOf(row: SimulatorRow): RowKind {
  if ('barSize' in row) return 'bar';
  return 'price' in row ? 'trade' : 'quote';
}

/**
 * Reads the trades, quotes and bars of a recording; what cannot be replayed is left out.
 * @throws UsageError when the directory is none of a recording, or naming the row that cannot be
 */
export async function readRecordedRows(directory: string, days: NewYorkDays): Promise<OwnRows> {
  const rows = new OwnRows({ symbol: undefined, barSize: undefined }, days);
  const row = new RecordedRow(directory);
  try {
    for await (const batch of new SimulatorRows(directory).batches()) for (const values of batch) rows.add(kindOf(values), row.take(values));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError({ field: 'replay', value: directory, rule: 'must be a file, or a directory with a recording that can be read', cause: error });
  }
  return rows;
}
