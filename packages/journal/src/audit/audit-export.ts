import { UsageError } from '@ibkit/error-codes';
import type { JournalRecord, StagedRecord } from '@ibkit/gateway-trading';
import type { ChainedEntry } from '../event-table.js';
import { csvLine } from './csv.js';
import { Redaction } from './redaction.js';

/** What an audit trail shows, and how. */
export interface AuditOptions {
  /** `jsonl`: one JSON object per line. `csv`: a header, then one line per record. @defaultValue 'jsonl' */
  readonly format?: 'jsonl' | 'csv' | undefined;
  /** Only the records of this order, by its key or its intent id, every attempt and every refusal included. @defaultValue everything */
  readonly order?: string | undefined;
  /** Only records from this time on, epoch milliseconds. @defaultValue from the first */
  readonly fromMs?: number | undefined;
  /** Only records before this time, epoch milliseconds. @defaultValue to the last */
  readonly toMs?: number | undefined;
  /** Names accounts `account-1`, `account-2` and hides keys and tags, for a trail that leaves the house. @defaultValue false */
  readonly redact?: boolean | undefined;
}

const COLUMNS = ['seq', 'term', 'time', 'type', 'intentId', 'key', 'account', 'clientId', 'orderId', 'record', 'hash'] as const;

interface Line {
  readonly seq: number;
  readonly term: number;
  readonly time: string;
  readonly type: string;
  readonly intentId?: string | undefined;
  readonly key?: string | undefined;
  readonly account?: string | undefined;
  readonly clientId?: number | undefined;
  readonly orderId?: number | undefined;
  readonly record: unknown;
  readonly hash: string;
}

/** A stamp as people read it, in UTC; as it is, when no calendar has it. */
function timeOf(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? String(atMs) : date.toISOString();
}

function intentIn(record: JournalRecord): string | undefined {
  return 'intentId' in record ? record.intentId : undefined;
}

/** The key of what was refused before it became an order. */
function keyIn(record: JournalRecord): string | undefined {
  return record.type === 'order.refused' ? record.key : undefined;
}

function accountIn(record: JournalRecord): string | undefined {
  return record.type === 'order.refused' || record.type === 'armed' ? record.account : undefined;
}

class AuditTrail {
  readonly #options: AuditOptions;
  readonly #redaction: Redaction | undefined;
  readonly #orders = new Map<string, StagedRecord>();

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#redaction = options.redact === true ? new Redaction() : undefined;
  }

  /** The line of an entry; `undefined` when it is not asked for. */
  line({ seq, term, record, hash }: ChainedEntry): Line | undefined {
    if (record.type === 'order.staged') this.#orders.set(record.intentId, record);
    const intentId = intentIn(record);
    const order = intentId === undefined ? undefined : this.#orders.get(intentId);
    if (!this.#isWanted(record, order)) return undefined;
    const redaction = this.#redaction;
    const account = order?.account ?? accountIn(record);
    return {
      seq, term, intentId, hash,
      time: timeOf(record.atMs),
      type: record.type,
      key: redaction === undefined ? (order?.key ?? keyIn(record)) : undefined,
      account: account === undefined ? undefined : (redaction?.account(account) ?? account),
      clientId: order?.clientId,
      orderId: order?.orderId,
      record: redaction?.apply(record) ?? record,
    };
  }

  #isWanted(record: JournalRecord, order: StagedRecord | undefined): boolean {
    const { order: wanted, fromMs = -Infinity, toMs = Infinity } = this.#options;
    if (record.atMs < fromMs || record.atMs >= toMs) return false;
    return wanted === undefined || order?.key === wanted || keyIn(record) === wanted || intentIn(record) === wanted;
  }
}

/** Writes entries as lines. Every line carries the record in full, so a trail without redaction can be proven by its hashes. */
export function* auditLines(entries: Iterable<ChainedEntry>, options: AuditOptions): Generator<string, void, undefined> {
  const { format = 'jsonl' } = options;
  // From plain JavaScript it may be anything.
  if (!['jsonl', 'csv'].includes(format)) throw new UsageError({ field: 'format', value: format, rule: "must be 'jsonl' or 'csv'" });
  const trail = new AuditTrail(options);
  if (format === 'csv') yield csvLine(COLUMNS);
  for (const entry of entries) {
    const line = trail.line(entry);
    if (line === undefined) continue;
    yield format === 'csv' ? csvLine(COLUMNS.map((column) => (column === 'record' ? JSON.stringify(line.record) : line[column]))) : JSON.stringify(line);
  }
}
