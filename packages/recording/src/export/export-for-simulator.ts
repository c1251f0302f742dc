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
  const rows = new SimulatorRows(directory, options);
  return withOutput(options, async (output) => {
    let count = 0;
    for await (const batch of rows.batches()) {
      count += batch.length;
      if (batch.length > 0) await output.text(`${batch.map((row) => JSON.stringify(row)).join('\n')}\n`);
    }
    return { rows: count, gaps: rows.gaps, skipped: rows.skipped };
  });
}
