import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { AppendResult, Journal, JournalEntry } from '../journal/journal.js';
import type { IdFloorRecord, JournalRecord, StagedRecord } from '../journal/journal-record.js';

/** Makes an empty journal, and opens the same storage again as another process would. */
export interface JournalFixture {
  readonly journal: Journal;
  /** A second view of the same storage. */
  readonly reopen: () => Promise<Journal>;
}

/** One rule of the port, with the code that checks it. */
export interface JournalRule {
  /** A sentence, for the title of a test. */
  readonly name: string;
  readonly check: (fixture: JournalFixture) => Promise<void>;
}

function floor(value: number): IdFloorRecord {
  return { type: 'idFloor', atMs: 1_700_000_000_000 + value, clientId: 7, floor: value };
}

function staged(changes: Partial<StagedRecord>): StagedRecord {
  return {
    type: 'order.staged',
    atMs: 1_700_000_000_000,
    intentId: 'I1',
    key: 'k1',
    requestHash: 'hash',
    request: {
      contract: { conId: 265598, symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' },
      action: 'BUY',
      quantity: '100',
      orderType: 'LMT',
      limitPrice: '189.95',
      tif: 'DAY',
      outsideRth: false,
    },
    account: 'DU1',
    clientId: 7,
    orderId: 1,
    orderRef: 'ref',
    epoch: 1,
    attempt: 1,
    ...changes,
  };
}

async function entriesOf(journal: Journal, fromSeq = 1): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of journal.read(fromSeq)) entries.push(entry);
  return entries;
}

async function recordsOf(journal: Journal, fromSeq = 1): Promise<readonly JournalRecord[]> {
  return (await entriesOf(journal, fromSeq)).map(({ record }) => record);
}

function ok(seq: number): AppendResult {
  return { status: 'ok', seq };
}

function fenced(seq: number, term: number): AppendResult {
  return { status: 'fenced', head: { seq, term } };
}

/** What every implementation of {@link Journal} must do; run each rule on a fresh fixture. Fails by throwing an AssertionError. */
export const JOURNAL_RULES: readonly JournalRule[] = Object.freeze([
  {
    name: 'begins empty, with head 0 in term 0',
    async check({ journal }: JournalFixture): Promise<void> {
      deepEqual(await journal.head(), { seq: 0, term: 0 });
      deepEqual(await entriesOf(journal), []);
    },
  },
  {
    name: 'numbers records densely from 1 and gives back the last number',
    async check({ journal }: JournalFixture): Promise<void> {
      deepEqual(await journal.append([floor(1), floor(2)], { term: 1, expectedSeq: 0 }), ok(2));
      deepEqual(await journal.append([floor(3)], { term: 1, expectedSeq: 2 }), ok(3));
      deepEqual(await journal.head(), { seq: 3, term: 1 });
      deepEqual((await entriesOf(journal)).map(({ seq, term }) => [seq, term]), [[1, 1], [2, 1], [3, 1]]);
    },
  },
  {
    name: 'gives back what was written, from any number on, in order',
    async check({ journal }: JournalFixture): Promise<void> {
      const records: readonly JournalRecord[] = [
        { type: 'term', atMs: 1, term: 1 },
        { type: 'killSwitch', atMs: 2, engaged: true, reason: 'quotes " and \\ and ünïcode' },
        { type: 'order.commission', atMs: 3, intentId: 'I1', execId: 'a.b.c.01', commission: '1.005', currency: 'USD' },
      ];
      await journal.append(records, { term: 1, expectedSeq: 0 });
      deepEqual(await recordsOf(journal), records);
      deepEqual(await recordsOf(journal, 3), records.slice(2));
      deepEqual(await recordsOf(journal, 4), []);
    },
  },
  {
    name: 'keeps its own copy of what was written',
    async check({ journal }: JournalFixture): Promise<void> {
      const record = { ...floor(1) };
      await journal.append([record], { term: 1, expectedSeq: 0 });
      Object.assign(record, { floor: 99 });
      deepEqual(await recordsOf(journal), [floor(1)]);
    },
  },
  {
    name: 'fences a writer whose expected number is not the last one, and writes nothing of it',
    async check({ journal }: JournalFixture): Promise<void> {
      await journal.append([floor(1)], { term: 1, expectedSeq: 0 });
      deepEqual(await journal.append([floor(2), floor(3)], { term: 1, expectedSeq: 0 }), fenced(1, 1));
      deepEqual(await journal.append([floor(2)], { term: 1, expectedSeq: 2 }), fenced(1, 1));
      deepEqual(await recordsOf(journal), [floor(1)]);
    },
  },
  {
    name: 'fences an older term once a newer one has written, whatever number it expects',
    async check({ journal }: JournalFixture): Promise<void> {
      await journal.append([floor(1)], { term: 1, expectedSeq: 0 });
      await journal.append([{ type: 'term', atMs: 2, term: 2 }], { term: 2, expectedSeq: 1 });
      deepEqual(await journal.append([floor(3)], { term: 1, expectedSeq: 2 }), fenced(2, 2));
      equal((await journal.head()).seq, 2);
    },
  },
  {
    name: 'lets exactly one of two writers win that race from the same head',
    async check({ journal, reopen }: JournalFixture): Promise<void> {
      const other = await reopen();
      const results = await Promise.all([
        journal.append([floor(1)], { term: 1, expectedSeq: 0 }),
        other.append([floor(2)], { term: 1, expectedSeq: 0 }),
      ]);
      equal(results.filter(({ status }) => status === 'ok').length, 1);
      equal((await entriesOf(journal)).length, 1);
    },
  },
  {
    name: 'shows another reader of the same storage what was written before',
    async check({ journal, reopen }: JournalFixture): Promise<void> {
      await journal.append([floor(1), floor(2)], { term: 3, expectedSeq: 0 });
      const other = await reopen();
      deepEqual(await other.head(), { seq: 2, term: 3 });
      deepEqual(await recordsOf(other), [floor(1), floor(2)]);
    },
  },
  {
    name: 'refuses an order id that is not above all before it, and writes nothing of that append',
    async check({ journal, reopen }: JournalFixture): Promise<void> {
      await journal.append([staged({ orderId: 10 }), { ...floor(20), clientId: 8 }], { term: 1, expectedSeq: 0 });
      const other = await reopen();
      for (const orderId of [10, 9, 0, -1]) {
        await rejects(other.append([floor(1), staged({ orderId, intentId: 'I2', key: 'k2' })], { term: 1, expectedSeq: 2 }), { code: 'IBKR_JOURNAL_RULE' });
      }
      await rejects(other.append([staged({ orderId: 20, clientId: 8, intentId: 'I2', key: 'k2' })], { term: 1, expectedSeq: 2 }), { code: 'IBKR_JOURNAL_RULE' });
      deepEqual(await journal.head(), { seq: 2, term: 1 });
      // A lower floor is no error: it is what a gateway that was reset promises, and it lowers nothing.
      deepEqual(await journal.append([floor(3)], { term: 1, expectedSeq: 2 }), ok(3));
      await rejects(journal.append([staged({ orderId: 10, intentId: 'I2', key: 'k2' })], { term: 1, expectedSeq: 3 }), { code: 'IBKR_JOURNAL_RULE' });
      deepEqual(await journal.append([staged({ orderId: 11, intentId: 'I2', key: 'k2' })], { term: 1, expectedSeq: 3 }), ok(4));
    },
  },
  {
    name: 'stages an intent once, and a key once per account and attempt',
    async check({ journal }: JournalFixture): Promise<void> {
      await journal.append([staged({ orderId: 1 })], { term: 1, expectedSeq: 0 });
      await rejects(journal.append([staged({ orderId: 2, key: 'k2' })], { term: 1, expectedSeq: 1 }), { code: 'IBKR_JOURNAL_RULE' });
      await rejects(journal.append([staged({ orderId: 2, intentId: 'I2' })], { term: 1, expectedSeq: 1 }), { code: 'IBKR_JOURNAL_RULE' });
      const twice = [staged({ orderId: 2, intentId: 'I2', key: 'k2' }), staged({ orderId: 3, intentId: 'I3', key: 'k2' })];
      await rejects(journal.append(twice, { term: 1, expectedSeq: 1 }), { code: 'IBKR_JOURNAL_RULE' });
      const fine = [staged({ orderId: 2, intentId: 'I2', attempt: 2 }), staged({ orderId: 3, intentId: 'I3', account: 'DU2' })];
      deepEqual(await journal.append(fine, { term: 1, expectedSeq: 1 }), ok(3));
    },
  },
  {
    name: 'takes records whose stamps go back, as they do when the clock is set',
    async check({ journal }: JournalFixture): Promise<void> {
      const records: readonly JournalRecord[] = [{ ...floor(1), atMs: 1_800_000_000_000 }, { ...floor(2), atMs: 0 }, { ...floor(3), atMs: -1 }];
      deepEqual(await journal.append(records, { term: 1, expectedSeq: 0 }), ok(3));
      deepEqual(await recordsOf(journal), records);
    },
  },
  {
    name: 'keeps decisions that are no orders as they are: armings, kills, and what was refused, with an order or without',
    async check({ journal, reopen }: JournalFixture): Promise<void> {
      const records: readonly JournalRecord[] = [
        staged({ counts: { day: '2023-11-14', orders: 1, quantity: '100', currency: 'USD', notional: '18995' } }),
        { type: 'killSwitch', atMs: 1, engaged: true, reason: 'too wild', all: true },
        { type: 'globalCancel', atMs: 2, reason: 'too wild' },
        { type: 'armed', atMs: 3, account: 'U1', armedAtMs: 3, expiresAtMs: 4, reason: 'open' },
        { type: 'disarmed', atMs: 4, cause: 'kill', reason: 'too wild' },
        { type: 'order.refused', atMs: 5, what: 'place', code: 'IBKR_ORDER_GATE_REFUSED', reasons: ['KILL_SWITCH'], message: 'no', key: 'k1', request: { quantity: 5, list: [null, 'x'] } },
        { type: 'order.refused', atMs: 6, what: 'modify', code: 'IBKR_ORDER_INVALID', reasons: [], message: 'no', intentId: 'I1', omitted: 7 },
      ];
      deepEqual(await journal.append(records, { term: 1, expectedSeq: 0 }), ok(records.length));
      deepEqual(await recordsOf(await reopen()), records);
    },
  },
  {
    name: 'keeps requests of every shape as they are: lists, nested terms, brackets, changes and what became of them',
    async check({ journal, reopen }: JournalFixture): Promise<void> {
      const { request } = staged({});
      const rich: StagedRecord['request'] = {
        ...request,
        contract: { symbol: 'SPY', secType: 'BAG', exchange: 'SMART', currency: 'USD', comboLegs: [{ conId: 11, ratio: 1, action: 'BUY', exchange: 'SMART' }, { conId: 12, ratio: 2, action: 'SELL', exchange: 'SMART' }] },
        limitPrice: '-0.35',
        goodAfterTime: '20991120-15:00:00',
        oca: { group: 'g', type: 'reduceWithBlock' },
        algo: { strategy: 'Adaptive', params: [{ tag: 'adaptivePriority', value: 'Patient' }] },
        conditions: { when: [{ type: 'time', join: 'or', is: 'after', time: '20991120-15:00:00' }, { type: 'margin', join: 'and', is: 'below', percent: 30 }], then: 'cancel', outsideRth: true },
        legPrices: ['1', '1.35'],
        nonGuaranteed: true,
      };
      const records: readonly JournalRecord[] = [
        staged({ request: rich, bracket: { group: 'I1', role: 'entry' } }),
        staged({ intentId: 'I2', key: 'k2', orderId: 2, parentIntentId: 'I1', bracket: { group: 'I1', role: 'stopLoss' }, request: { ...request, adjust: { to: 'TRAIL', when: '200', stopPrice: '195', trailPercent: '3' } } }),
        { type: 'order.status', intentId: 'I1', atMs: 3, status: 'Submitted', permId: '77', evidence: 'status' },
        { type: 'order.changeRequested', intentId: 'I1', atMs: 4, revision: 1, request: { ...rich, limitPrice: '0' }, epoch: 1 },
        { type: 'order.changeVerdict', intentId: 'I1', atMs: 5, revision: 1, verdict: 'refused', evidence: 'notice', code: 105, reason: 'no' },
      ];
      deepEqual(await journal.append(records, { term: 1, expectedSeq: 0 }), ok(records.length));
      deepEqual(await recordsOf(await reopen()), records);
    },
  },
  {
    name: 'reads up to the end at the time of the call, undisturbed by an append during the read',
    async check({ journal }: JournalFixture): Promise<void> {
      await journal.append([floor(1), floor(2)], { term: 1, expectedSeq: 0 });
      const seen: number[] = [];
      for await (const { seq } of journal.read(1)) {
        seen.push(seq);
        if (seq === 1) await journal.append([floor(3)], { term: 1, expectedSeq: 2 });
      }
      deepEqual(seen, [1, 2]);
    },
  },
]);
