import { ExportRows } from './export-options.js';
import type { ExportOptions, ExportReport } from './export-options.js';
import { withOutput } from './output-file.js';
import { SimulatorRows } from './simulator-rows.js';
import type { SkippedRows } from './simulator-rows.js';

/** What an export for the simulator made. */
export interface SimulatorExportReport extends ExportReport {
  /** Rows that replay files cannot have, by reason. */
  readonly skipped: SkippedRows;
}

/**
 * Writes trades, quotes and bars as JSON lines that the simulator replays (`createSimulator({ replay: [file] })`, `ibkit simulate --replay`). Rows are played when they were received;
 * a bar that was recorded several times counts as it was in the end. What such a file cannot say is left out and counted.
 * @param options `file` must end with `.jsonl`
 * @throws what {@link readRecording} throws, and UsageError `IBKR_RECORDING_EXISTS`; nothing is left behind then.
 */
export async function exportForSimulator(directory: string, options: Omit<ExportOptions, 'kinds' | 'accounts'>): Promise<SimulatorExportReport> {
  const source = new ExportRows(directory, { ...options, kinds: ['trade', 'quote', 'bar'] });
  const rows = new SimulatorRows();
  return withOutput(options, async (output) => {
    let count = 0;
    const write = async (lines: readonly string[]): Promise<void> => {
      count += lines.length;
      if (lines.length > 0) await output.text(`${lines.join('\n')}\n`);
    };
    for await (const batch of source.batches()) await write(batch.flatMap((row) => rows.lines(row)));
    await write(rows.end());
    return { rows: count, gaps: source.gaps, skipped: rows.skipped };
  });
}
