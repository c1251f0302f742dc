import type { Execution, OrderView } from '@ibkit/simulator';
import { describe, expect, it } from 'vitest';
import type { Arrival, Truth } from '../stage/witness.js';
import type { Belief } from './belief.js';
import type { Intent, OrderPlan } from './intent.js';
import { judge } from './judge.js';
import type { Case, FaultKind } from './judge.js';
import { judgePositions } from './positions.js';

const PLAN: OrderPlan = { symbol: 'AAPL', action: 'BUY', quantity: 10, orderType: 'LMT', limitPrice: 120 };
const ARRIVAL: Arrival = { orderRef: 'r1', orderId: 2, session: 1, symbol: 'AAPL', lost: false, order: { action: 'BUY', totalQuantity: 10, orderType: 'LMT', lmtPrice: 120, orderRef: 'r1' } };
const INTENT: Intent = { key: 'k1', order: PLAN, sessions: [1], changes: 0, openCalls: 1 };
const BELIEF: Belief = { key: 'k1', orderRef: 'r1', orderId: 2, status: 'filled', fills: [{ execId: 'a.b.01.01', side: 'BOT', quantity: 10, price: 100, commission: 1 }] };

/** As the server shows it; what is not looked at is left out. */
function view(part: Partial<OrderView>): OrderView {
  const order: Partial<OrderView> = { orderId: 2, status: 'Filled', filled: 10, commission: 1, ticket: { orderRef: 'r1' }, ...part };
  return order as OrderView;
}

function execution(part: Partial<Execution>): Execution {
  const fill: Partial<Execution> = { execId: 'a.b.01.01', side: 'BOT', shares: 10, price: 100, orderRef: 'r1', orderId: 2, ...part };
  return fill as Execution;
}

function caseOf({ truth, ...other }: { readonly truth?: Partial<Truth> } & Partial<Omit<Case, 'truth'>>): Case {
  return {
    intents: [INTENT],
    beliefs: [BELIEF],
    truth: { arrivals: [ARRIVAL], open: [], completed: [view({})], executions: [execution({})], positions: [], refusals: new Map(), twins: new Set(), ...truth },
    ...other,
  };
}

function kinds(given: Parameters<typeof caseOf>[0]): readonly FaultKind[] {
  return judge(caseOf(given)).map(({ kind }) => kind);
}

describe('the judge', () => {
  it('has nothing against an order that is what it is believed to be', () => {
    expect(kinds({})).toEqual([]);
    const working = { truth: { completed: [], open: [view({ status: 'Submitted', filled: 0, commission: undefined })], executions: [] }, beliefs: [{ ...BELIEF, status: 'working', fills: [] } as const] };
    expect(kinds(working)).toEqual([]);
    expect(kinds({ truth: { arrivals: [], completed: [], executions: [] }, beliefs: [{ ...BELIEF, status: 'absent', fills: [] }] })).toEqual([]);
  });

  it('sees an order that is there and believed to be absent, or never found out about', () => {
    expect(kinds({ beliefs: [{ ...BELIEF, status: 'absent' }] })).toEqual(['lost']);
    expect(kinds({ beliefs: [{ ...BELIEF, status: 'unknown' }] })).toEqual(['unresolved']);
    expect(kinds({ truth: { arrivals: [], completed: [], executions: [] }, beliefs: [{ ...BELIEF, status: 'pending', fills: [] }] })).toEqual(['lost']);
  });

  it('sees an order that came twice, under one reference or under two', () => {
    expect(kinds({ truth: { arrivals: [ARRIVAL, ARRIVAL] } })).toEqual(['duplicated']);
    const second: Belief = { ...BELIEF, orderRef: 'r2', orderId: 3, status: 'working', fills: [] };
    const twice = { arrivals: [ARRIVAL, { ...ARRIVAL, orderRef: 'r2', orderId: 3 }], open: [view({ orderId: 3, status: 'Submitted', commission: undefined, ticket: { orderRef: 'r2' } })] };
    expect(kinds({ truth: twice, beliefs: [BELIEF, second] })).toEqual(['duplicated']);
    expect(kinds({ truth: { arrivals: [ARRIVAL, ARRIVAL] }, intents: [{ ...INTENT, changes: 1 }] })).toEqual([]);
  });

  it('sees an order of another session, of a closed gate, and with other terms', () => {
    expect(kinds({ truth: { arrivals: [{ ...ARRIVAL, session: 2 }] } })).toEqual(['sent late']);
    expect(kinds({ intents: [{ ...INTENT, openCalls: 0 }] })).toEqual(['gate closed']);
    expect(kinds({ truth: { arrivals: [{ ...ARRIVAL, order: { ...ARRIVAL.order, totalQuantity: 11 } }] } })).toEqual(['changed']);
  });

  it('sees a working order whose terms are not those that it is believed to have', () => {
    const working = (lmtPrice: number): readonly FaultKind[] =>
      kinds({
        truth: { completed: [], open: [view({ status: 'Submitted', filled: 0, commission: undefined, lmtPrice, totalQuantity: 10 })], executions: [] },
        beliefs: [{ ...BELIEF, status: 'working', fills: [], terms: { limitPrice: 120, quantity: 10 } }],
      });
    expect(working(120)).toEqual([]);
    expect(working(121)).toEqual(['changed']);
  });

  it('sees an order that nobody wrote down', () => {
    expect(kinds({ truth: { arrivals: [ARRIVAL, { ...ARRIVAL, orderRef: 'x' }] } })).toEqual(['not journalled']);
    expect(kinds({ beliefs: [{ ...BELIEF, status: 'none' }] })).toEqual(['wrong outcome']);
  });

  it.each(['working', 'cancelled', 'rejected', 'expired'] as const)('sees that a filled order is not %s', (status) => {
    expect(kinds({ beliefs: [{ ...BELIEF, status }] })).toEqual(['wrong outcome']);
  });

  it('sees a fill that is missing, doubled, strange, of another price or revision, or of no known cost', () => {
    const [fill] = BELIEF.fills;
    if (fill === undefined) throw new Error('no fill');
    const booked = (...fills: Belief['fills']): readonly FaultKind[] => kinds({ beliefs: [{ ...BELIEF, fills }] });
    expect(booked()).toEqual(['fill missed']);
    expect(booked(fill, fill)).toEqual(['fill misbooked']);
    expect(booked(fill, { ...fill, execId: 'x.y.01.01' })).toEqual(['fill misbooked']);
    expect(booked({ ...fill, price: 101 })).toEqual(['fill misbooked']);
    expect(booked({ ...fill, quantity: 9 })).toEqual(['fill misbooked']);
    expect(kinds({ truth: { executions: [execution({ execId: 'a.b.01.02', price: 99 })] } })).toEqual(['fill misbooked']);
    expect(booked({ ...fill, commission: undefined })).toEqual(['commission']);
    expect(booked({ ...fill, commission: 2 })).toEqual(['commission']);
  });

  it('sees positions that are not the sum of the executions', () => {
    const { truth } = caseOf({});
    const instrument = { symbol: 'AAPL' } as Execution['instrument'];
    const held = { ...truth, executions: [execution({ instrument })], positions: [{ instrument, position: 10 } as Truth['positions'][number]] };
    expect(judgePositions(held, [{ account: 'DU1', contract: { symbol: 'AAPL' }, position: 10, avgCost: 100 }])).toEqual([]);
    expect(judgePositions(held, [{ account: 'DU1', contract: { symbol: 'AAPL' }, position: 20, avgCost: 100 }])).toMatchObject([{ kind: 'positions' }]);
    expect(judgePositions(held, [])).toMatchObject([{ kind: 'positions' }]);
  });
});
