import type { ApiAuditEntry } from '@ibkit/api-contract';
import { SystemError } from '@ibkit/error-codes';
import { known } from './known.js';

function textIn(line: object, field: string): string | undefined {
  const value: unknown = Reflect.get(line, field);
  return typeof value === 'string' ? value : undefined;
}

function numberIn(value: unknown, field: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, field);
  return typeof found === 'number' ? found : undefined;
}

function recordIn(line: object): Record<string, unknown> | undefined {
  const record: unknown = Reflect.get(line, 'record');
  return typeof record === 'object' && record !== null ? { ...record } : undefined;
}

/**
 * A line of the audit trail of `@ibkit/journal` (JSON) as answers show it.
 * @throws SystemError `IBKR_AUDIT_UNREADABLE` for a line that is none.
 */
export function auditEntryView(text: string): ApiAuditEntry {
  const line: unknown = JSON.parse(text);
  if (typeof line !== 'object' || line === null) throw unreadable();
  const [seq, term, record, type, hash] = [numberIn(line, 'seq'), numberIn(line, 'term'), recordIn(line), textIn(line, 'type'), textIn(line, 'hash')];
  const atMs = numberIn(record, 'atMs') ?? Date.parse(textIn(line, 'time') ?? '');
  if (seq === undefined || term === undefined || record === undefined || type === undefined || hash === undefined || !Number.isFinite(atMs)) throw unreadable();
  return known<ApiAuditEntry>({ seq, term, atMs, type, orderId: textIn(line, 'intentId'), key: textIn(line, 'key'), account: textIn(line, 'account'), record, hash });
}

function unreadable(): SystemError {
  return new SystemError({ code: 'IBKR_AUDIT_UNREADABLE', message: 'A line of the audit trail could not be read: journal and operations are of different versions', tips: ['Use versions of the packages that belong together.'] });
}
