import { readBatches } from '../read/read-recording.js';
import type { ReadOptions } from '../read/read-options.js';
import type { RecordedRow, RowKind } from '../row.js';
import { maskAccounts } from './mask-accounts.js';

/** What every export takes. */
export interface ExportOptions extends Omit<ReadOptions, 'follow' | 'pollMs' | 'clock'> {
  /** The file to make. It is written aside and appears when it is whole. */
  readonly file: string;
  /** Whether a file of that name is replaced. @defaultValue false */
  readonly overwrite?: boolean | undefined;
  /** Whether account ids in frames and in the texts of gaps and sessions stay readable. @defaultValue 'mask' */
  readonly accounts?: 'mask' | 'keep' | undefined;
}

/** What every export of one kind of row takes. */
export interface TableExportOptions extends Omit<ExportOptions, 'kinds'> {
  /** The kind of row: a table has the columns of one. */
  readonly kind: RowKind;
}

/** What an export made. */
export interface ExportReport {
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Gaps among what was read, also where they are no rows of the table: above 0 the file does not tell everything that happened. */
  readonly gaps: number;
}

/** The rows to export, batch by batch, and the gaps that were met. */
export class ExportRows {
  gaps = 0;
  readonly #directory: string;
  readonly #options: ExportOptions;

  constructor(directory: string, options: ExportOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  async *batches(): AsyncGenerator<readonly RecordedRow[], void> {
    const keep = this.#options.accounts === 'keep';
    for await (const rows of readBatches(this.#directory, this.#options)) {
      for (const row of rows) if (row.type === 'gap') this.gaps += 1;
      yield keep ? rows : rows.map(maskAccounts);
    }
  }

  /** The rows of one kind. */
  async *ofKind(kind: RowKind): AsyncGenerator<readonly RecordedRow[], void> {
    for await (const rows of this.batches()) yield rows.filter((row) => row.type === kind);
  }
}
