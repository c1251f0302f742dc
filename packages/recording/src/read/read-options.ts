import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { RECORD } from '../format/record.js';
import { ROW_KINDS } from '../row.js';
import type { RowKind } from '../row.js';
import type { RowWish } from './segment-scan.js';

/** Which rows of a recording are read, and how. */
export interface ReadOptions {
  /** Rows received at or after this time, epoch milliseconds. */
  readonly from?: number | undefined;
  /** Rows received before this time, epoch milliseconds. */
  readonly to?: number | undefined;
  /** Rows with this number or a later one: one more than the last that was read goes on where a reader stopped. */
  readonly fromSeq?: number | undefined;
  /** Rows about these instruments; rows that are about none (session, frame, gaps of everything) come too. @defaultValue all */
  readonly symbols?: readonly string[] | undefined;
  /** @defaultValue all kinds but `frame` */
  readonly kinds?: readonly RowKind[] | undefined;
  /**
   * What happens where stored bytes are missing or damaged: `gap` makes a gap row of origin `damage` and goes on behind the damage, `throw` ends with
   * `IBKR_RECORDING_DAMAGED`.
   * @defaultValue 'gap'
   */
  readonly damage?: 'gap' | 'throw' | undefined;
  /** Waits for more rows at the end for as long as somebody records. @defaultValue false */
  readonly follow?: boolean | undefined;
  /** How often a follower looks, milliseconds, at least 10. @defaultValue 250 */
  readonly pollMs?: number | undefined;
  /** Ends the reading: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What a follower waits on. @defaultValue the machine's */
  readonly clock?: Clock | undefined;
}

/** Options with every default in its place. */
export interface ResolvedReadOptions {
  readonly wish: RowWish;
  readonly damage: 'gap' | 'throw';
  readonly follow: boolean;
  readonly pollMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

const DEFAULT_KINDS: readonly RowKind[] = ROW_KINDS.filter((kind) => kind !== 'frame');
const LEAST_POLL_MS = 10;
const DEFAULT_POLL_MS = 250;

function instant(field: string, value: number | undefined, absent: number): number {
  if (value === undefined) return absent;
  if (Number.isNaN(value)) throw new UsageError({ field, value, rule: 'must be epoch milliseconds' });
  return value;
}

/** The kinds of row as a scan wants them. @throws UsageError for other names */
export function kindMask(kinds: readonly RowKind[]): readonly boolean[] {
  const mask: boolean[] = [];
  for (const kind of kinds) {
    if (!ROW_KINDS.includes(kind)) throw new UsageError({ field: 'kinds', value: kind, rule: `must be some of ${ROW_KINDS.join(', ')}` });
    mask[RECORD[kind]] = true;
  }
  return mask;
}

/** @throws UsageError naming option, value and rule. */
export function resolveReadOptions(options: ReadOptions): ResolvedReadOptions {
  // A hole belongs to every kind of row: whoever asks for trades must hear that some are missing.
  const kinds = kindMask(['gap', ...(options.kinds ?? DEFAULT_KINDS)]);
  const fromMs = instant('from', options.from, Number.NEGATIVE_INFINITY);
  const toMs = instant('to', options.to, Number.POSITIVE_INFINITY);
  if (toMs < fromMs) throw new UsageError({ field: 'to', value: toMs, rule: `must not be before from (${fromMs})` });
  const pollMs = options.pollMs ?? DEFAULT_POLL_MS;
  if (!(pollMs >= LEAST_POLL_MS)) throw new UsageError({ field: 'pollMs', value: pollMs, rule: `must be at least ${LEAST_POLL_MS}` });
  return {
    wish: { kinds, fromMs, toMs, fromSeq: options.fromSeq ?? 1, symbols: options.symbols === undefined ? undefined : new Set(options.symbols) },
    damage: options.damage ?? 'gap',
    follow: options.follow ?? false,
    pollMs,
    signal: options.signal,
    clock: options.clock ?? systemClock(),
  };
}
