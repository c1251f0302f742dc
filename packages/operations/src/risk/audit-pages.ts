import type { ApiAudit, OperationInput } from '@ibkit/api-contract';
import { sleep } from '@ibkit/clock';
import { SystemError } from '@ibkit/error-codes';
import { instantOf } from '../moment.js';
import { badCursor, cursorOf, placeOf } from '../orders/cursor.js';
import { endOf } from '../orders/fill-pages.js';
import { PAGE_ROWS } from '../orders/order-pages.js';
import { auditEntryView } from '../views/audit.js';
import { known } from '../views/known.js';
import type { RiskDeps } from './risk-deps.js';

/** A trail may be long, and reading it must not hold up the heartbeat. */
const LINES_AT_ONCE = 250;
const SEQ = /^\{"seq":(\d+),/u;

function notConfigured(): SystemError {
  return new SystemError({
    code: 'IBKR_AUDIT_NOT_CONFIGURED',
    message: 'There is no audit trail here: the journal of this session is kept in memory.',
    tips: ['Start with a state directory, so that orders are written to a file.'],
  });
}

/**
 * The audit trail from its beginning, page by page. Each page reads the trail anew, because only the whole of it proves its chain and names redacted
 * accounts the same way.
 * @throws {@link UsageError} for a time or a cursor that is none; SystemError `IBKR_AUDIT_NOT_CONFIGURED`, and what reading the journal throws; the signal's reason.
 */
export async function auditPage({ from, to, order, redact = false, limit = PAGE_ROWS, cursor }: OperationInput<'audit'>, { audit, clock }: Pick<RiskDeps, 'audit' | 'clock'>, signal: AbortSignal | undefined): Promise<ApiAudit> {
  if (audit === undefined) throw notConfigured();
  const behind = cursor === undefined ? 0 : readPlace(cursor);
  const lines = audit.audit({ format: 'jsonl', order, redact, fromMs: from === undefined ? undefined : instantOf('from', from), toMs: to === undefined ? undefined : endOf('to', to) });
  const entries: ApiAudit['entries'] = [];
  let [read, next] = [0, false];
  for await (const line of lines) {
    signal?.throwIfAborted();
    read += 1;
    if (read % LINES_AT_ONCE === 0) await sleep(clock, 0, { signal });
    if (Number(SEQ.exec(line)?.[1] ?? Number.POSITIVE_INFINITY) <= behind) continue;
    const entry = auditEntryView(line);
    if (entry.seq <= behind) continue;
    if (entries.length === limit) {
      next = true;
      break;
    }
    entries.push(entry);
  }
  const last = entries.at(-1);
  return known<ApiAudit>({ entries, next: next && last !== undefined ? cursorOf('audit', [last.seq]) : undefined });
}

function readPlace(cursor: string): number {
  const [seq] = placeOf('audit', cursor);
  if (typeof seq !== 'number') throw badCursor();
  return seq;
}
