import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyTopicDelta, mergeTopicDeltas } from './topic-fold.js';
import { TOPIC_KINDS } from './topics.js';
import type { TopicDelta, TopicKindName, TopicSnapshot } from './topics.js';

const text = fc.option(fc.integer({ min: 1, max: 5 }).map(String), { nil: null });
const quote: fc.Arbitrary<TopicDelta<'quotes'>> = fc.record({ bid: text, ask: text, session: fc.constantFrom('regular', null), halted: fc.option(fc.boolean(), { nil: null }), stale: fc.boolean() }, { requiredKeys: [] });
const position = fc.record({ account: fc.constantFrom('DU1', 'DU2'), conId: fc.integer({ min: 1, max: 3 }), position: fc.constantFrom('0', '1', '2') });
const positions: fc.Arbitrary<TopicDelta<'positions'>> = fc.array(position, { maxLength: 4 }).map((rows) => ({ positions: rows }));
const values: fc.Arbitrary<TopicDelta<'account'>> = fc.record({ ready: fc.boolean(), values: fc.array(fc.record({ tag: fc.constantFrom('a', 'b'), value: fc.constantFrom('1', '2'), currency: fc.constantFrom('USD', 'EUR') })) }, { requiredKeys: ['values'] });

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The order of rows means nothing. */
function sorted(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => (Array.isArray(part) ? part.map((item) => JSON.stringify(item)).sort() : part));
}

function expectAgreement<K extends TopicKindName>(kind: K, start: TopicSnapshot<K>, one: fc.Arbitrary<TopicDelta<K>>): void {
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 12 }), (changes) => {
      const [first, ...rest] = changes;
      if (first === undefined) return;
      const merged = rest.reduce<TopicDelta<K>>((earlier, later) => mergeTopicDeltas(kind, earlier, later) ?? earlier, first);
      const stepwise = changes.reduce((state, change) => applyTopicDelta(kind, state, change), start);
      expect(sorted(applyTopicDelta(kind, start, merged))).toEqual(sorted(stepwise));
      // What a snapshot holds already may be told again: whoever joins in the middle of an interval ends in the same state.
      expect(sorted(applyTopicDelta(kind, stepwise, merged))).toEqual(sorted(stepwise));
    }),
  );
}

describe('the folding of topics', () => {
  it('does at once what the changes did one by one, also when it is told again', () => {
    expectAgreement('quotes', { symbol: 'SPY', conId: 1, mode: 'live', stale: false, bid: '1' }, quote);
    expectAgreement('positions', { positions: [{ account: 'DU1', conId: 1, position: '9' }] }, positions);
    expectAgreement('account', { account: 'DU1', ready: true, values: [] }, values);
  });

  it('takes away what is not known any more', () => {
    const state = applyTopicDelta('quotes', { symbol: 'SPY', conId: 1, mode: 'live', stale: false, bid: '1', ask: '2' }, { bid: null });
    expect(plain(state)).toEqual({ symbol: 'SPY', conId: 1, mode: 'live', stale: false, ask: '2' });
  });

  it('folds no two things that are both worth knowing', () => {
    const bar = (timeUs: number, close: string): TopicDelta<'bars'> => ({ bar: { timeUs, open: '1', high: '1', low: '1', close, complete: false } });
    expect(mergeTopicDeltas('bars', bar(1, '1'), bar(1, '2'))).toEqual(bar(1, '2'));
    expect(mergeTopicDeltas('bars', bar(1, '1'), bar(2, '2'))).toBeUndefined();
    const trade = { symbol: 'SPY', conId: 1, price: '1', size: '1', exchange: '', conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1, receivedAtUs: 1 };
    expect(mergeTopicDeltas('trades', trade, trade)).toBeUndefined();
  });

  it('knows a correction of a fill, and keeps it when the original comes late', () => {
    const fill = (execId: string, price: string): TopicDelta<'executions'> => ({
      fill: { execId, price, account: 'DU1', contract: {}, side: 'BOT', quantity: '1', exchange: 'X', time: 't', clientId: 1, orderId: 1, permIds: [], commission: { status: 'pending' } },
    });
    const [first, corrected] = [fill('a.b.c.01', '10'), fill('a.b.c.02', '11')];
    const once = [first, corrected].reduce<TopicSnapshot<'executions'>>((state, change) => applyTopicDelta('executions', state, change), { fills: [] });
    expect(once.fills.map(({ price }) => price)).toEqual(['11']);
    expect(applyTopicDelta('executions', once, first)).toEqual(once);
  });

  it('folds only topics that say so', () => {
    for (const [kind, { durable, modes }] of Object.entries(TOPIC_KINDS)) expect(durable ? modes : ['all'], kind).toEqual(['all']);
  });
});
