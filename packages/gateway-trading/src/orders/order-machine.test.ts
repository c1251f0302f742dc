import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExecutionRecord, OrderRecord, StagedRecord, StatusRecord, VerdictRecord } from '../journal/journal-record.js';
import { OrderLedger } from './order-ledger.js';
import { stageOrder, transition } from './order-machine.js';
import { isEnded, isSettled } from './order-state.js';
import type { OrderState } from './order-state.js';

const ID = { intentId: 'I1', atMs: 1 };
const STAGED: StagedRecord = {
  ...ID,
  type: 'order.staged',
  key: 'k1',
  requestHash: 'h1',
  request: {
    contract: { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' },
    action: 'BUY',
    quantity: '100',
    orderType: 'MKT',
    tif: 'DAY',
    outsideRth: false,
  },
  account: 'DU1',
  clientId: 1,
  orderId: 5,
  orderRef: 'ibk.I1',
  epoch: 1,
  attempt: 1,
};

function status(word: string, filled = 0, evidence: StatusRecord['evidence'] = 'status', text?: string): StatusRecord {
  return { ...ID, type: 'order.status', status: word, filled: String(filled), evidence, text };
}

function execution(execId: string, quantity: number, price = 10): ExecutionRecord {
  return { ...ID, type: 'order.execution', execId, side: 'BOT', quantity: String(quantity), price: String(price), exchange: 'X', time: 't' };
}

function verdict(what: VerdictRecord['verdict'], code?: number): VerdictRecord {
  return { ...ID, type: 'order.verdict', verdict: what, evidence: 'notice', code, reason: `because ${code ?? 'so'}` };
}

const commission = (execId: string, amount = '1'): OrderRecord => ({ ...ID, type: 'order.commission', execId, commission: amount, currency: 'USD' });

const SENT: readonly OrderRecord[] = [{ ...ID, type: 'order.sending' }, { ...ID, type: 'order.sent' }];

function play(...records: readonly OrderRecord[]): OrderState {
  return records.reduce(transition, stageOrder(STAGED));
}

describe('an order', () => {
  it('goes from staged over sending and acked to working and filled', () => {
    const steps = [...SENT, { ...ID, type: 'order.acked', permId: '9', evidence: 'openOrder' } as const, status('Submitted'), execution('a.b.c.01', 100), status('Filled', 100)];
    expect(steps.map((_, index) => play(...steps.slice(0, index + 1)).status)).toEqual(['sending', 'sending', 'acked', 'working', 'filled', 'filled']);
  });

  it('is unsent only from before the broker', () => {
    const unsent: OrderRecord = { ...ID, type: 'order.unsent', reason: 'deadline' };
    expect(play(unsent).status).toBe('unsent');
    expect(play(...SENT, status('Submitted'), unsent).status).toBe('working');
  });

  it('becomes unknown from any living state and from no verdict, and leaves it by evidence', () => {
    const unknown: OrderRecord = { ...ID, type: 'order.unknown', reason: 'session ended' };
    expect(play(...SENT, unknown).status).toBe('unknown');
    expect(play(...SENT, status('Submitted'), unknown).status).toBe('unknown');
    expect(play(...SENT, status('Cancelled'), unknown).status).toBe('cancelled');
    expect(play(...SENT, unknown, status('Submitted')).status).toBe('working');
    expect(play(...SENT, unknown, execution('a.b.c.01', 100)).status).toBe('filled');
    expect(play(...SENT, unknown, ...SENT, { ...ID, type: 'order.unsent', reason: 'no' }).status).toBe('unknown');
  });

  it('is filled by executions alone, when no status comes', () => {
    const order = play(...SENT, execution('a.b.c.01', 60, 10), execution('a.b.d.01', 40, 11));
    expect(order).toMatchObject({ status: 'filled', evidence: 'execution', filledQuantity: 100, remainingQuantity: 0, averagePrice: 10.4 });
  });

  it('ends filled whichever of Cancelled and Filled came first, and never turns back', () => {
    expect(play(...SENT, status('Cancelled'), status('Filled', 100)).status).toBe('filled');
    expect(play(...SENT, status('Filled', 100), status('Cancelled'), status('Submitted'), verdict('cancelled', 202)).status).toBe('filled');
  });

  it('books late fills of a cancelled order', () => {
    const order = play(...SENT, status('Cancelled', 30), execution('a.b.c.01', 30));
    expect(order).toMatchObject({ status: 'cancelled', filledQuantity: 30, remainingQuantity: 70 });
    expect([isSettled(order), isSettled(transition(order, commission('a.b.c.01')))]).toEqual([false, true]);
  });

  it('is not revived by a late Submitted, and keeps the words of the end', () => {
    expect(play(...SENT, status('Cancelled'), verdict('cancelled', 202), status('Submitted'))).toMatchObject({
      status: 'cancelled', brokerStatus: 'Cancelled', brokerNotice: { code: 202 }, reason: 'because 202',
    });
  });

  it('takes a rejection over a bare cancel, and gives it up when a snapshot shows the order alive', () => {
    const rejected = play(...SENT, status('Cancelled'), verdict('rejected', 201));
    expect(rejected).toMatchObject({ status: 'rejected', brokerNotice: { code: 201 } });
    expect(transition(rejected, verdict('alive'))).toMatchObject({ status: 'working', endedAtMs: undefined, brokerNotice: undefined });
  });

  it('does not end with Inactive alone, but does with it among the completed orders', () => {
    expect(play(...SENT, status('Inactive'))).toMatchObject({ status: 'acked', brokerStatus: 'Inactive' });
    expect(play(...SENT, status('Inactive'), status('Submitted')).status).toBe('working');
    expect(play(...SENT, status('Inactive', 0, 'completed')).status).toBe('rejected');
    expect(play(...SENT, status('Cancelled', 0, 'completed', 'Expired at close')).status).toBe('expired');
  });

  it('never believes a status about more than the order, and keeps claims apart from fills', () => {
    const order = play(...SENT, status('Submitted', 250));
    expect(order).toMatchObject({ status: 'working', reportedFilled: 100, filledQuantity: 0 });
    expect(play(...SENT, status('Filled', 0))).toMatchObject({ status: 'filled', reportedFilled: 100, filledQuantity: 0 });
  });

  it('replaces a corrected fill and ignores the older revision afterwards', () => {
    const order = play(...SENT, execution('a.b.c.01', 60), commission('a.b.c.01'), execution('a.b.c.02', 50), execution('a.b.c.01', 60));
    expect(order.fills).toMatchObject([{ execId: 'a.b.c.02', quantity: 50, commission: { status: 'pending' } }]);
    expect(order.filledQuantity).toBe(50);
  });

  it('shows a commission as pending or as its value, never as 0 for not told', () => {
    const order = play(...SENT, execution('x1', 100));
    expect(order.fills[0]?.commission).toEqual({ status: 'pending' });
    expect(transition(order, commission('x1', '1.25')).fills[0]?.commission).toEqual({ status: 'known', amount: 1.25, currency: 'USD' });
  });

  it('is absent only while unknown and without fills, and any word of the broker takes it back', () => {
    const unknown: OrderRecord = { ...ID, type: 'order.unknown', reason: 'lost' };
    expect(play(...SENT, verdict('absent')).status).toBe('sending');
    expect(play(...SENT, unknown, verdict('absent')).status).toBe('absent');
    expect(play(...SENT, unknown, verdict('absent'), status('Submitted'))).toMatchObject({ status: 'working', endedAtMs: undefined });
  });

  it('remembers two permanent ids', () => {
    const ack = (permId: string): OrderRecord => ({ ...ID, type: 'order.acked', permId, evidence: 'openOrder' });
    expect(play(...SENT, ack('9'), ack('9'), ack('10')).permIds).toEqual(['9', '10']);
  });

  it('keeps a cancel request until the verdict, and says when it was refused', () => {
    const asked: OrderRecord = { ...ID, type: 'order.cancelRequested' };
    expect(play(...SENT, status('Submitted'), asked).cancel).toBe('requested');
    expect(play(...SENT, status('Submitted'), asked, verdict('cancelRefused', 10148))).toMatchObject({ status: 'working', cancel: 'refused' });
    expect(play(...SENT, status('Submitted'), asked, status('Cancelled')).cancel).toBeUndefined();
  });
});

/** What one order's life makes the broker say: fills, words on the way, and an end. */
const life = fc
  .record({
    parts: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
    end: fc.constantFrom('none', 'Filled', 'Cancelled', 'rejected'),
  })
  .map(({ parts, end }) => {
    const sizes = end === 'Filled' ? [...parts, 100 - parts.slice(0, 3).reduce((sum, part) => sum + part, 0)].filter((_, index, all) => index < 3 || index === all.length - 1) : parts.slice(0, 3);
    const records: OrderRecord[] = [{ ...ID, type: 'order.acked', permId: '9', evidence: 'openOrder' }, status('PreSubmitted'), status('Submitted')];
    let done = 0;
    for (const [index, size] of sizes.entries()) {
      done += size;
      records.push(execution(`a.b.${index}.01`, size), status('Submitted', done));
    }
    if (end === 'rejected') records.push(verdict('rejected', 201));
    else if (end !== 'none') records.push(status(end, done));
    return { records, done, end, executions: sizes.length };
  });

const told = life.chain((one) =>
  fc
    .tuple(
      fc.shuffledSubarray(one.records, { minLength: one.records.length, maxLength: one.records.length }),
      fc.array(fc.nat({ max: one.records.length - 1 }), { maxLength: 20 }),
    )
    .map(([shuffled, again]) => ({ ...one, callbacks: [...shuffled, ...again.map((index) => one.records[index] ?? status('Submitted'))] })),
);

describe('whatever the order and the copies of the callbacks', () => {
  it('books each fill once, ends in the same state, and never leaves filled', () => {
    fc.assert(
      fc.property(told, ({ callbacks, done, end, executions }) => {
        let order = play(...SENT);
        let wasFilled = false;
        for (const callback of callbacks) {
          order = transition(order, callback);
          expect(order.reportedFilled).toBeLessThanOrEqual(order.quantity);
          expect(!wasFilled || order.status === 'filled').toBe(true);
          wasFilled = order.status === 'filled';
        }
        expect(order.fills).toHaveLength(executions);
        expect(order.filledQuantity).toBe(done);
        const expected = { none: 'working', Filled: 'filled', Cancelled: 'cancelled', rejected: 'rejected' } as const;
        expect(order.status).toBe(expected[end]);
        expect(isEnded(order.status)).toBe(end !== 'none');
      }),
    );
  });

  it('gives back the same object for what it has heard before', () => {
    fc.assert(
      fc.property(told, ({ callbacks, records }) => {
        const order = play(...SENT, ...callbacks, ...records);
        const facts = records.filter(({ type }) => type === 'order.execution' || type === 'order.acked');
        for (const fact of facts) expect(transition(order, fact)).toBe(order);
      }),
    );
  });
});

describe('OrderLedger', () => {
  it('is the same after a replay of its records', () => {
    fc.assert(
      fc.property(told, ({ callbacks }) => {
        const records = [STAGED, ...SENT, ...callbacks];
        const first = new OrderLedger();
        const kept = records.filter((record) => first.apply(record) !== undefined);
        const second = new OrderLedger();
        for (const record of kept) second.apply(JSON.parse(JSON.stringify(record)) as OrderRecord);
        expect(JSON.stringify(second.all())).toBe(JSON.stringify(first.all()));
      }),
    );
  });

  it('finds an order by permId, then by reference, then by id within its session only', () => {
    const ledger = new OrderLedger();
    ledger.apply(STAGED);
    ledger.apply({ ...ID, type: 'order.acked', permId: '9', evidence: 'openOrder' });
    expect(ledger.find({ permId: '9', epoch: 4 })?.intentId).toBe('I1');
    expect(ledger.find({ permId: '8', orderRef: 'ibk.I1', epoch: 4 })?.intentId).toBe('I1');
    expect(ledger.find({ epoch: 1, clientId: 1, orderId: 5 })?.intentId).toBe('I1');
    expect(ledger.find({ epoch: 2, clientId: 1, orderId: 5 })).toBeUndefined();
  });

  it('raises the floor with every staged id and never lowers it', () => {
    const ledger = new OrderLedger();
    ledger.apply({ type: 'idFloor', atMs: 0, clientId: 1, floor: 40 });
    ledger.apply({ ...STAGED, orderId: 41 });
    ledger.apply({ type: 'idFloor', atMs: 0, clientId: 1, floor: 3 });
    expect([ledger.floor(1), ledger.floor(2)]).toEqual([41, 0]);
  });

  it('shows the latest attempt under a key', () => {
    const ledger = new OrderLedger();
    ledger.apply(STAGED);
    ledger.apply({ ...ID, type: 'order.unsent', reason: 'deadline' });
    ledger.apply({ ...STAGED, intentId: 'I2', attempt: 2, replaces: 'I1', orderId: 6, orderRef: 'ibk.I2' });
    expect([ledger.byKey('DU1', 'k1')?.intentId, ledger.byKey('DU2', 'k1'), ledger.open().length, ledger.all().length]).toEqual(['I2', undefined, 1, 2]);
  });
});
