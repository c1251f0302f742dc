import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '@ibkit/gateway-trading';
import { chainHash, canonicalText } from '../chain.js';
import { JournalDirectory, floor, staged } from '../testing/directories.js';
import type { SqliteJournal } from '../sqlite-journal.js';
import { csvLine } from './csv.js';
import type { AuditOptions } from './audit-export.js';

async function linesOf(journal: SqliteJournal, options?: AuditOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of journal.audit(options)) lines.push(line);
  return lines;
}

function parsed(lines: readonly string[]): readonly Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const RECORDS: readonly JournalRecord[] = [
  { type: 'term', atMs: 1_700_000_000_000, term: 1 },
  staged(1, { key: 'mine', tag: 'secret strategy' }),
  { type: 'order.sending', intentId: 'I1', atMs: 1_700_000_000_001 },
  staged(2, { account: 'DU7654321' }),
  { type: 'order.unsent', intentId: 'I1', atMs: 1_700_000_000_002, reason: 'the account DU1234567 is not there, said "U9999999"' },
  staged(3, { key: 'mine', attempt: 2, replaces: 'I1' }),
  { type: 'order.acked', intentId: 'I3', atMs: 1_700_000_000_003, permId: '77', evidence: 'openOrder' },
  floor(9),
];

async function filled(directory: JournalDirectory): Promise<SqliteJournal> {
  const journal = await directory.open();
  await journal.append(RECORDS, { term: 1, expectedSeq: 0 });
  return journal;
}

describe('the audit trail', () => {
  it('has every record in order, whole, with its hash: whoever reads it can prove the chain', async () => {
    await using directory = new JournalDirectory();
    const lines = parsed(await linesOf(await filled(directory)));
    expect(lines.map(({ record }) => record)).toEqual(RECORDS);
    let prevHash = '0'.repeat(64);
    for (const [index, { seq, term, hash }] of lines.entries()) {
      const record = RECORDS[index];
      if (record === undefined) throw new Error('too many lines');
      expect(seq).toBe(index + 1);
      prevHash = chainHash({ prevHash, seq: Number(seq), term: Number(term), body: canonicalText(record) });
      expect(hash).toBe(prevHash);
    }
  });

  it('shows one order by its key, every attempt, or by its intent', async () => {
    await using directory = new JournalDirectory();
    const journal = await filled(directory);
    expect(parsed(await linesOf(journal, { order: 'mine' })).map(({ seq }) => seq)).toEqual([2, 3, 5, 6, 7]);
    expect(parsed(await linesOf(journal, { order: 'I3' })).map(({ type, key, orderId }) => [type, key, orderId])).toEqual([['order.staged', 'mine', 3], ['order.acked', 'mine', 3]]);
    expect(await linesOf(journal, { order: 'nobody' })).toEqual([]);
    expect(parsed(await linesOf(journal, { fromMs: 1_700_000_000_001, toMs: 1_700_000_000_003 })).map(({ seq }) => seq)).toEqual([3, 5]);
  });

  it('is a table for spreadsheets that runs nothing', async () => {
    await using directory = new JournalDirectory();
    const lines = await linesOf(await filled(directory), { format: 'csv', order: 'mine' });
    expect(lines[0]).toBe('seq,term,time,type,intentId,key,account,clientId,orderId,record,hash');
    expect(lines[2]).toMatch(/^3,1,2023-11-14T22:13:20\.001Z,order\.sending,I1,mine,DU1234567,1,1,"\{""atMs"":.*""type"":""order\.sending""\}",[0-9a-f]{64}$/u);
    expect(csvLine(['=1+1', '-5', '-5x', 'a"b', undefined, '@x', '+1', 7, 'a\nb'])).toBe(`'=1+1,-5,'-5x,"a""b",,'@x,'+1,7,"a\nb"`);
  });

  it('leaves out who trades and why when asked to', async () => {
    await using directory = new JournalDirectory();
    const lines = await linesOf(await filled(directory), { redact: true });
    const text = lines.join('\n');
    for (const secret of ['DU1234567', 'DU7654321', 'U9999999', 'mine', 'secret strategy']) expect(text).not.toContain(secret);
    expect(parsed(lines).map(({ account }) => account)).toEqual([undefined, 'account-1', 'account-1', 'account-2', 'account-1', 'account-1', 'account-1', undefined]);
    expect(text).toContain('the account account-1 is not there, said \\"account-3\\"');
    expect(text).toContain('"limitPrice":"189.95"');
  });

  it('has every decision: what was refused, by its key, and who armed what for how long, and hides the same of them', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    const decisions: readonly JournalRecord[] = [
      { type: 'armed', atMs: 1, account: 'U7654321', armedAtMs: 1, expiresAtMs: 2, reason: 'open of the market' },
      {
        type: 'order.refused', atMs: 2, what: 'place', code: 'IBKR_ORDER_GATE_REFUSED', reasons: ['DAY_ORDERS'], message: 'refused', key: 'mine', tag: 'secret strategy',
        account: 'U7654321', request: { account: 'U7654321', key: 'mine', quantity: 5, contract: { symbol: 'AAPL' } }, omitted: 3,
      }, // prettier-ignore
      { type: 'disarmed', atMs: 3, cause: 'kill', reason: 'too wild' },
      { type: 'killSwitch', atMs: 4, engaged: true, reason: 'too wild', all: true },
      { type: 'globalCancel', atMs: 5, reason: 'too wild' },
    ];
    await journal.append(decisions, { term: 1, expectedSeq: 0 });
    const lines = parsed(await linesOf(journal));
    expect(lines.map(({ record }) => record)).toEqual(decisions);
    expect(lines.slice(0, 2).map(({ key, account }) => [key, account])).toEqual([[undefined, 'U7654321'], ['mine', 'U7654321']]);
    expect(parsed(await linesOf(journal, { order: 'mine' })).map(({ seq }) => seq)).toEqual([2]);
    const redacted = (await linesOf(journal, { redact: true })).join('\n');
    for (const secret of ['U7654321', 'mine', 'secret strategy']) expect(redacted).not.toContain(secret);
    expect(redacted).toContain('DAY_ORDERS');
    expect(await journal.verify()).toMatchObject({ ok: true, records: 5 });
  });

  it('shows what an order was changed to beside the order, and hides who gave it', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    const { request } = staged(1);
    await journal.append(
      [
        staged(1, { key: 'mine', request: { ...request, extOperator: 'Jane', modelCode: 'Growth' } }),
        { type: 'order.changeRequested', intentId: 'I1', atMs: 2, revision: 1, request: { ...request, limitPrice: '191', extOperator: 'Jane' }, epoch: 1 },
        { type: 'order.changeVerdict', intentId: 'I1', atMs: 3, revision: 1, verdict: 'accepted', evidence: 'openOrder' },
      ],
      { term: 1, expectedSeq: 0 },
    );
    expect(parsed(await linesOf(journal, { order: 'mine' })).map(({ type, orderId }) => [type, orderId])).toEqual([['order.staged', 1], ['order.changeRequested', 1], ['order.changeVerdict', 1]]);
    const redacted = (await linesOf(journal, { redact: true })).join('\n');
    expect(redacted).toContain('"limitPrice":"191"');
    for (const secret of ['Jane', 'Growth', 'mine']) expect(redacted).not.toContain(secret);
  });

  it('keeps stamps that no calendar has, and refuses formats that it does not know', async () => {
    await using directory = new JournalDirectory();
    const journal = await directory.open();
    await journal.append([floor(1, { atMs: 9e15 })], { term: 1, expectedSeq: 0 });
    expect(parsed(await linesOf(journal))[0]).toMatchObject({ time: '9000000000000000' });
    const format = 'xml' as 'csv';
    await expect(linesOf(journal, { format })).rejects.toMatchObject({ name: 'UsageError' });
  });
});
