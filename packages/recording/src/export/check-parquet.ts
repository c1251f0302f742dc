import { open } from 'node:fs/promises';
import { SystemError } from '@ibkit/error-codes';
import { readAt } from '../read/segment-file.js';
import type { RowKind } from '../row.js';
import { COLUMNS } from './columns.js';
import { ROW_GROUP_ROWS, digestOf, parquetName } from './parquet-table.js';

/** What a Parquet file must contain. */
export interface ExpectedTable {
  readonly rows: number;
  readonly digest: number;
}

/**
 * Reads a Parquet file back, by another library than the one that wrote it, and compares every cell.
 * @throws SystemError `IBKR_RECORDING_EXPORT_FAULTY` when it does not contain what was written.
 */
export async function checkParquet(file: string, kind: RowKind, { rows, digest }: ExpectedTable): Promise<void> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const source = {
      byteLength: size,
      async slice(start: number, end = size): Promise<ArrayBuffer> {
        const bytes = await readAt(handle, start, end - start);
        return new Uint8Array(bytes).buffer;
      },
    };
    const metadata = await parquetMetadataAsync(source);
    if (Number(metadata.num_rows) !== rows) throw new Error(`it has ${metadata.num_rows} rows instead of ${rows}`);
    let found = 0;
    for (let rowStart = 0; rowStart < rows; rowStart += ROW_GROUP_ROWS) {
      // Times stay numbers of microseconds: as dates they would lose what is below a millisecond.
      const parsers = { timestampFromMicroseconds: (time: bigint) => time };
      // Column by column, with a look at the disk between: the event loop of the process goes on.
      for (const column of COLUMNS[kind]) {
        const name = parquetName(column);
        const cells = await parquetReadObjects({ file: source, metadata, columns: [name], rowStart, rowEnd: Math.min(rows, rowStart + ROW_GROUP_ROWS), parsers, utf8: false });
        found = digestOf(cells.map((cell): unknown => cell[name]), found);
      }
    }
    if (found !== digest) throw new Error('its cells are not those that were written');
  } catch (cause) {
    throw new SystemError({
      code: 'IBKR_RECORDING_EXPORT_FAULTY',
      message: `The Parquet file ${file} does not contain what was recorded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    });
  } finally {
    await handle.close();
  }
}
