import { SystemError } from '@ibkit/error-codes';
import type { GapRow } from '../row.js';

/** A place where rows cannot be read. */
export interface Damage {
  readonly file: string | undefined;
  readonly reason: string;
  /** Number of the last row before it. */
  readonly seq: number;
  readonly fromMs: number;
  /** When the next row was received that can be read, if it is known. */
  readonly toMs?: number | undefined;
  /** How many rows are missing, if it is known. */
  readonly lost?: number | undefined;
}

/** The row that stands for a place where rows cannot be read. */
export function damageRow({ file, reason, seq, fromMs, toMs, lost }: Damage): GapRow {
  const where = file === undefined ? reason : `${file}: ${reason}`;
  return { type: 'gap', seq, receivedAtMs: fromMs, origin: 'damage', fromMs, toMs, reason: where, symbol: undefined, conId: undefined, lost };
}

/** The same as an error, for readers that do not want to go on. */
export function damageError(damage: Damage): SystemError {
  const { file, reason, lost } = damage;
  return new SystemError({
    code: 'IBKR_RECORDING_DAMAGED',
    message: `The recording is damaged: ${file === undefined ? '' : `${file}: `}${reason}${lost === undefined ? '' : `, ${lost} rows are missing`}.`,
    tips: ["Read with damage: 'gap' to get everything else."],
    details: { ...damage },
  });
}
