import { ExportRows } from './export-options.js';
import type { ExportReport, TableExportOptions } from './export-options.js';
import { withOutput } from './output-file.js';
import { ParquetTable } from './parquet-table.js';

/**
 * Writes the rows of one kind as a Parquet file (snappy): times as UTC timestamps in microseconds, numbers as doubles, absent values null. Made from what is recorded when it is
 * called, row group by row group: the event loop is held for some 10 ms at a time.
 * @throws what {@link readRecording} throws, and UsageError `IBKR_RECORDING_EXISTS`; nothing is left behind then.
 */
export async function exportParquet(directory: string, options: TableExportOptions): Promise<ExportReport> {
  const { kind } = options;
  const source = new ExportRows(directory, { ...options, kinds: [kind] });
  return withOutput(options, async (output) => {
    const table = await ParquetTable.create(kind, output, { 'ibkit.kind': kind });
    let rows = 0;
    for await (const batch of source.ofKind(kind)) {
      rows += batch.length;
      await table.add(batch);
    }
    await table.finish();
    return { rows, gaps: source.gaps };
  });
}
