import { UsageError } from '@ibkit/error-codes';
import type { HistoryCursor } from '@ibkit/market-data';
import { BAR_SIZES } from '@ibkit/market-data';

/** A cursor as a text that fits into an address. */
export function cursorText({ conId, exchange, barSize, what, useRth, nextMs, toMs }: HistoryCursor): string {
  return Buffer.from(JSON.stringify([1, conId, exchange, barSize, what, useRth, nextMs, toMs])).toString('base64url');
}

/** Reads {@link cursorText} back; whether it goes with the rest of the question is judged where the contract is known. @throws {@link UsageError} */
export function readCursor(text: string): HistoryCursor {
  const [version, conId, exchange, size, what, useRth, nextMs, toMs] = partsOf(text);
  const barSize = BAR_SIZES.find((name) => name === size);
  if (
    version !== 1 || typeof conId !== 'number' || typeof exchange !== 'string' || barSize === undefined || typeof what !== 'string' ||
    typeof useRth !== 'boolean' || typeof nextMs !== 'number' || typeof toMs !== 'number'
  ) {
    throw new UsageError({ field: 'cursor', value: text, rule: 'must be `next` of an earlier answer' });
  }
  return { version, conId, exchange, barSize, what, useRth, nextMs, toMs };
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
