import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { barSchema, historyGapSchema } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';

/** The bars of which file become which. */
export interface ParquetJob {
  readonly lines: string;
  readonly file: string;
  readonly symbol: string;
  readonly conId: number | undefined;
  readonly barSize: string;
}

/** Makes a Parquet file of downloaded JSON lines: through a recording, whose export checks what it wrote cell by cell. */
export async function toParquet({ lines, file, symbol, conId, barSize }: ParquetJob): Promise<void> {
  const { Recorder, exportParquet } = await import('@ibkit/recording');
  const directory = await mkdtemp(path.join(path.dirname(path.resolve(file)), '.ibkit-parquet-'));
  try {
    const recorder = await Recorder.open({ directory, source: { name: 'ibkit history' }, syncMs: Number.POSITIVE_INFINITY });
    try {
      for await (const text of createInterface({ input: createReadStream(lines) })) {
        const line: unknown = JSON.parse(text);
        const gap = typeof line === 'object' && line !== null && 'gap' in line ? historyGapSchema.parse(line.gap) : undefined;
        if (gap === undefined) {
          const { timeMs, date, open, high, low, close, volume, wap, count } = barSchema.parse(line);
          if (!recorder.bar({ symbol, conId, time: timeMs, date, barSize, open, high, low, close, volume, wap, count })) await recorder.flush();
        } else {
          recorder.gap({ symbol, conId, fromMs: gap.fromMs, toMs: gap.toMs, reason: gap.reason });
        }
      }
    } finally {
      await recorder.close();
    }
    const { lost } = recorder.stats();
    if (lost > 0) throw new SystemError({ code: 'IBKR_RECORDING_INCOMPLETE', message: `${lost} bars could not be written to ${directory}.`, retryable: true });
    await exportParquet(directory, { kind: 'bar', file, overwrite: true });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
