import type { Clock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import type { JournalRecord, RefusedRecord } from '../journal/journal-record.js';

/** What was asked for, as far as it says who and what. Of plain JavaScript it may be anything. */
export interface RefusedRequest {
  readonly what: RefusedRecord['what'];
  readonly request?: unknown;
  readonly key?: string | undefined;
  readonly intentId?: string | undefined;
}

/** What a {@link RefusalLog} is made from. */
export interface RefusalLogOptions {
  readonly clock: Clock;
  readonly book: (record: JournalRecord) => void;
}

/** So many refusals are written down at once, ... */
const BURST = 20;
/** ... and one more after each of these spans, milliseconds: a loop that is refused all day writes 28,800 records and not millions. */
const REFILL_MS = 3_000;
const MAX_TEXT = 300;
const MAX_DEPTH = 4;
const MAX_ITEMS = 50;

/** Refusals before anything was staged. What comes after has a record of its own in the life of its order. */
const REFUSALS: ReadonlySet<string> = new Set([
  'IBKR_ORDER_GATE_REFUSED', 'IBKR_ORDER_INVALID', 'IBKR_ORDER_KEY_CONFLICT', 'IBKR_ORDER_NOT_FOUND', 'IBKR_ORDER_OTHER_CLIENT', 'IBKR_USAGE_INVALID_ARGUMENT',
]);

function textIn(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, field);
  return typeof found === 'string' ? found.slice(0, MAX_TEXT) : undefined;
}

/** A copy that survives JSON and cannot grow: functions, cycles and what is too deep are left out. */
function plain(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return value.slice(0, MAX_TEXT);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'object': {
      if (value === null || depth >= MAX_DEPTH) return null;
      if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item: unknown) => plain(item, depth + 1) ?? null);
      const entries = Object.entries(value).slice(0, MAX_ITEMS).map(([name, item]: [string, unknown]) => [name.slice(0, MAX_TEXT), plain(item, depth + 1)] as const);
      return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
    }
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonsOf(details: Readonly<Record<string, unknown>>): readonly string[] {
  const reasons = details['reasons'];
  return Array.isArray(reasons) ? reasons.filter((reason): reason is string => typeof reason === 'string') : [];
}

/** Writes down what was refused here, bounded: what comes too fast is counted and told with the next record. */
export class RefusalLog {
  readonly #options: RefusalLogOptions;
  #tokens = BURST;
  #refilledMs: number;
  #omitted = 0;

  constructor(options: RefusalLogOptions) {
    this.#options = options;
    this.#refilledMs = options.clock.monotonic();
  }

  /** Runs `work` and writes down when it is refused. @throws what `work` throws */
  async watch<T>(refused: RefusedRequest, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.note(refused, error);
      throw error;
    }
  }

  /** Writes down a refusal; errors of other kinds are none. */
  note({ what, request, key, intentId }: RefusedRequest, error: unknown): void {
    if (!isIbkrError(error) || !REFUSALS.has(error.code)) return;
    if (!this.#take()) {
      this.#omitted += 1;
      return;
    }
    const written = plain(request);
    this.#options.book({
      type: 'order.refused',
      atMs: this.#options.clock.now(),
      what,
      code: error.code,
      reasons: reasonsOf(error.details),
      message: error.message.slice(0, 2 * MAX_TEXT),
      key: key ?? textIn(request, 'key'),
      tag: textIn(request, 'tag'),
      account: textIn(request, 'account'),
      intentId,
      request: isRecord(written) ? written : undefined,
      omitted: this.#omitted === 0 ? undefined : this.#omitted,
    });
    this.#omitted = 0;
  }

  #take(): boolean {
    const nowMs = this.#options.clock.monotonic();
    const refills = Math.floor((nowMs - this.#refilledMs) / REFILL_MS);
    if (refills > 0) {
      this.#tokens = Math.min(BURST, this.#tokens + refills);
      this.#refilledMs += refills * REFILL_MS;
    }
    if (this.#tokens === 0) return false;
    this.#tokens -= 1;
    return true;
  }
}
