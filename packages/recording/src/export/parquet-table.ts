import { crc32 } from 'node:zlib';
import type { ParquetWriter, SchemaElement } from 'hyparquet-writer';
import type { RecordedRow, RowKind } from '../row.js';
import { COLUMNS, valueOf } from './columns.js';
import type { CellValue, Column, ColumnType } from './columns.js';
import type { OutputFile } from './output-file.js';

/**
 * Rows per row group. Encoding one holds the event loop for some 6 ms, one of 10,000 rows for 10 ms, and makes files 3 % larger than that (measured), so that
 * heartbeats and orders of the same process go on.
 */
export const ROW_GROUP_ROWS = 5_000;

const TYPES: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  seq: { type: 'INT64', repetition_type: 'REQUIRED' },
  // Microseconds: a scaled clock has fractions of milliseconds.
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' }, repetition_type: 'OPTIONAL' },
  number: { type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  boolean: { type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
  bytes: { type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
};

/** Columns named `receivedAtMs` are timestamps in Parquet and say so. */
export function parquetName({ name, type }: Column): string {
  return type === 'time' ? name.replace(/Ms$/, '') : name;
}

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.map((column) => ({ name: parquetName(column), ...TYPES[column.type] }))];
}

function cell(value: CellValue, type: ColumnType): CellValue | bigint {
  if (typeof value !== 'number') return value;
  if (type === 'seq') return BigInt(value);
  return type === 'time' ? BigInt(Math.round(value * 1_000)) : value;
}

function cellText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
}

/** Goes on with a check sum over the cells of a column of one row group. */
export function digestOf(cells: readonly unknown[], start: number): number {
  return crc32(cells.map(cellText).join('\0'), start);
}

/** One Parquet file with the rows of one kind, row group by row group. Its footer, without which it cannot be read, comes last: it is never written live. */
export class ParquetTable {
  readonly #columns: readonly Column[];
  readonly #output: OutputFile;
  readonly #bytes: ByteSource;
  readonly #writer: ParquetWriter;
  #rows: RecordedRow[] = [];
  #digest = 0;

  private constructor(columns: readonly Column[], output: OutputFile, { bytes, writer }: { readonly bytes: ByteSource; readonly writer: ParquetWriter }) {
    this.#columns = columns;
    this.#output = output;
    this.#bytes = bytes;
    this.#writer = writer;
  }

  static async create(kind: RowKind, output: OutputFile, facts: Readonly<Record<string, string>>): Promise<ParquetTable> {
    // Loaded when it is needed: whoever only records does not pay for it, and it exists as an ES module alone.
    const { ByteWriter, ParquetWriter: Writer } = await import('hyparquet-writer');
    const columns = COLUMNS[kind];
    const bytes = new ByteWriter(1024 * 1024);
    const kvMetadata = Object.entries(facts).map(([key, value]) => ({ key, value }));
    const writer = new Writer({ writer: bytes, schema: schemaOf(columns), kvMetadata, createdBy: '@ibkit/recording' });
    return new ParquetTable(columns, output, { bytes, writer });
  }

  async add(rows: readonly RecordedRow[]): Promise<void> {
    for (let at = 0; at < rows.length; ) {
      const part = rows.slice(at, at + ROW_GROUP_ROWS - this.#rows.length);
      for (const row of part) this.#rows.push(row);
      at += part.length;
      if (this.#rows.length === ROW_GROUP_ROWS) await this.#flushGroup();
    }
  }

  async finish(): Promise<void> {
    if (this.#rows.length > 0) await this.#flushGroup();
    await this.#writer.finish();
    await this.#flushBytes();
  }

  /** Check sum over all cells so far, for {@link checkParquet}. */
  get digest(): number {
    return this.#digest;
  }

  async #flushGroup(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    const columnData = this.#columns.map((column) => ({ name: parquetName(column), data: rows.map((row) => cell(valueOf(row, column), column.type)) }));
    for (const { data } of columnData) this.#digest = digestOf(data, this.#digest);
    await this.#writer.write({ columnData, rowGroupSize: ROW_GROUP_ROWS });
    await this.#flushBytes();
  }

  async #flushBytes(): Promise<void> {
    await this.#output.raw(this.#bytes.getBytes());
    // Offsets in the file go on; only the buffer begins anew.
    this.#bytes.index = 0;
  }
}

/** Where the library collects bytes. */
interface ByteSource {
  index: number;
  getBytes(): Uint8Array;
}
