import type { RecordedRow } from '../row.js';
import { COLUMNS, valueOf } from './columns.js';
import type { CellValue, Column } from './columns.js';
import { ExportRows } from './export-options.js';
import type { ExportOptions, ExportReport, TableExportOptions } from './export-options.js';
import { withOutput } from './output-file.js';

/** RFC 4180: a field with a comma, a quotation mark or a line end stands in quotation marks. */
function csvField(value: CellValue): string {
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  const text = String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(row: RecordedRow, columns: readonly Column[]): string {
  return `${columns.map((column) => csvField(valueOf(row, column))).join(',')}\n`;
}

/**
 * Writes the rows of one kind as comma separated values with a header row: times in epoch milliseconds UTC, absent values empty, bytes of frames in base64.
 * @throws what {@link readRecording} throws, and UsageError `IBKR_RECORDING_EXISTS`; nothing is left behind then.
 */
export async function exportCsv(directory: string, options: TableExportOptions): Promise<ExportReport> {
  const { kind } = options;
  const columns = COLUMNS[kind];
  const source = new ExportRows(directory, { ...options, kinds: [kind] });
  return withOutput(options, async (output) => {
    await output.text(`${columns.map(({ name }) => name).join(',')}\n`);
    let rows = 0;
    for await (const batch of source.ofKind(kind)) {
      rows += batch.length;
      await output.text(batch.map((row) => csvLine(row, columns)).join(''));
    }
    return { rows, gaps: source.gaps };
  });
}

function jsonLine(row: RecordedRow): string {
  if (row.type !== 'frame') return `${JSON.stringify(row)}\n`;
  return `${JSON.stringify({ ...row, bytes: Buffer.from(row.bytes).toString('base64') })}\n`;
}

/**
 * Writes rows of all kinds, gaps included, as one JSON object per line with the fields of {@link RecordedRow}; bytes of frames in base64.
 * @throws what {@link readRecording} throws, and UsageError `IBKR_RECORDING_EXISTS`; nothing is left behind then.
 */
export async function exportJsonLines(directory: string, options: ExportOptions): Promise<ExportReport> {
  const source = new ExportRows(directory, options);
  return withOutput(options, async (output) => {
    let rows = 0;
    for await (const batch of source.batches()) {
      rows += batch.length;
      await output.text(batch.map(jsonLine).join(''));
    }
    return { rows, gaps: source.gaps };
  });
}
