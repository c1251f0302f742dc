import { UsageError } from '@ibkit/error-codes';

/** Where the rows of a recording come from. No accounts: files are handed on. */
export interface RecordingSource {
  /** What delivered the data: `TWS 10.19, port 7497`, `simulator, seed 7`. */
  readonly name: string;
  /** What recorded it: `my-bot 1.4.0`. */
  readonly recordedBy?: string | undefined;
  /** Whatever else a reader should know: the server version, the market data mode, the licence of the data. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

/** TWS API: live accounts are U and digits, paper ones DU, advisors F and DF; some have a third letter. */
const ACCOUNT = /\bD?[UFI][A-Z]?\d{4,12}\b/u;

/** The same, anywhere in bytes of a frame: fields are parted by NUL. */
export const ACCOUNTS_IN_FRAMES = /(?<![A-Za-z0-9])D?[UFI][A-Z]?\d{4,12}(?![A-Za-z0-9])/gu;

/**
 * Checks what a caller says about the source.
 * @throws UsageError when it is empty, or seems to contain an account.
 */
export function checkSource(source: RecordingSource): RecordingSource {
  if (source.name.trim() === '') throw new UsageError({ field: 'source.name', value: source.name, rule: 'must say where the rows come from' });
  const texts = { name: source.name, recordedBy: source.recordedBy ?? '', ...source.details };
  for (const [name, text] of Object.entries(texts)) {
    if (ACCOUNT.test(text)) throw new UsageError({ field: `source.${name}`, rule: 'must not contain an account id: recordings are handed on' });
  }
  return source;
}

/** Reads a source as it was written; undefined for anything else. */
export function parseSource(value: unknown): RecordingSource | undefined {
  if (typeof value !== 'object' || value === null || !('name' in value) || typeof value.name !== 'string') return undefined;
  const recordedBy = 'recordedBy' in value && typeof value.recordedBy === 'string' ? value.recordedBy : undefined;
  const given: unknown = 'details' in value ? value.details : undefined;
  const details =
    typeof given === 'object' && given !== null
      ? Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
      : undefined;
  return { name: value.name, recordedBy, details };
}
