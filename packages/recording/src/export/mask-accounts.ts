import { ACCOUNTS_IN_FRAMES } from '../format/source.js';
import type { RecordedRow } from '../row.js';

/** As long as before, so that the lengths in frames stay true: `DU1234567` becomes `DU*******`. */
function masked(text: string): string {
  return text.replace(ACCOUNTS_IN_FRAMES, (account) => account.replaceAll(/\d/gu, '*'));
}

function maskBytes(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return new Uint8Array(Buffer.from(masked(text), 'latin1'));
}

/** The row without account ids: in frames, and in what programs said about gaps and sessions. */
export function maskAccounts(row: RecordedRow): RecordedRow {
  if (row.type === 'frame') return { ...row, bytes: maskBytes(row.bytes) };
  if (row.type === 'gap') return { ...row, reason: masked(row.reason) };
  if (row.type === 'session') return { ...row, event: masked(row.event), reason: row.reason === undefined ? undefined : masked(row.reason) };
  return row;
}
