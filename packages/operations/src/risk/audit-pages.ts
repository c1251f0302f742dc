import type { ApiAudit, ApiAuditEntry, OperationInput } from '@ibkit/api-contract';
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
 * accounts the same way. @param mayRead which entries there are at all, by their own accounts also where those are redacted
 * @throws {@link UsageError} for a time or a cursor that is none; SystemError `IBKR_AUDIT_NOT_CONFIGURED`, and what reading the journal throws; the signal's reason.
 */
export async function auditPage({ from, to, order, redact = false, limit = PAGE_ROWS, cursor }: OperationInput<'audit'>, { audit, clock }: Pick<RiskDeps, 'audit' | 'clock'>, signal: AbortSignal | undefined, mayRead: (entry: ApiAuditEntry) => boolean = () => true): Promise<ApiAudit> {
  if (audit === undefined) throw notConfigured();
  const behind = cursor === undefined ? 0 : readPlace(cursor);
  const range = { format: 'jsonl', order, fromMs: from === undefined ? undefined : instantOf('from', from), toMs: to === undefined ? undefined : endOf('to', to) } as const;
  const plain = audit.audit({ ...range, redact: false });
  const lines = redact ? together(plain, audit.audit({ ...range, redact })) : once(plain);
  const entries: ApiAudit['entries'] = [];
  let [read, next] = [0, false];
  for await (const [line, shown] of lines) {
    signal?.throwIfAborted();
    read += 1;
    if (read % LINES_AT_ONCE === 0) await sleep(clock, 0, { signal });
    if (Number(SEQ.exec(line)?.[1] ?? Number.POSITIVE_INFINITY) <= behind) continue;
    const named = auditEntryView(line);
    if (named.seq <= behind || !mayRead(named)) continue;
    const entry = shown === line ? named : auditEntryView(shown);
    if (entries.length === limit) {
      next = true;
      break;
    }
    entries.push(entry);
  }
  const last = entries.at(-1);
  return known<ApiAudit>({ entries, next: next && last !== undefined ? cursorOf('audit', [last.seq]) : undefined });
}

type Lines = AsyncGenerator<readonly [line: string, shown: string], void, undefined>;

async function* once(lines: AsyncIterable<string>): Lines {
  for await (const line of lines) yield [line, line];
}

/** The same entries twice, line by line. */
async function* together(lines: AsyncIterable<string>, redacted: AsyncIterable<string>): Lines {
  const others = redacted[Symbol.asyncIterator]();
  try {
    for await (const line of lines) {
      const next = await others.next();
      if (next.done === true) return;
      yield [line, next.value];
    }
  } finally {
    await others.return?.();
  }
}

function readPlace(cursor: string): number {
  const [seq] = placeOf('audit', cursor);
  if (typeof seq !== 'number') throw badCursor();
  return seq;
}
