import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { STREAM_API_LEVEL, STREAM_BAR_SIZES, STREAM_MODES, TICK_KINDS, TOPIC_KINDS, clientMessageSchema, parseTopic, topicText } from '../index.js';
import type { Topic, TopicKindName } from '../index.js';

describe('a topic', () => {
  it.each<[string, Topic]>([
    ['quotes/SPY', { kind: 'quotes', instrument: 'SPY' }],
    ['quotes/spy', { kind: 'quotes', instrument: 'SPY' }],
    ['depth/BRK%20B', { kind: 'depth', instrument: 'BRK B' }],
    ['ticks/@756733/bidAsk', { kind: 'ticks', instrument: '@756733', tick: 'bidAsk' }],
    ['bars/EUR.USD/5s', { kind: 'bars', instrument: 'EUR.USD', size: '5s' }],
    ['pnl/DU1234567', { kind: 'pnl', account: 'DU1234567' }],
    ['orders', { kind: 'orders' }],
  ])('%s is read', (text, topic) => {
    expect(parseTopic(text)).toEqual(topic);
  });

  it.each(['', 'quotes', 'quotes/', 'quotes/%20', 'ticks/%20/last', 'bars/%20/5s', 'quotes/SPY/1', 'quote/SPY', 'ticks/SPY/first', 'bars/SPY/7m', 'orders/1', 'quotes/%ZZ', 'quotes/a%2Fb', 'quotes/a%00b', `quotes/${'A'.repeat(65)}`, 'toString', '__proto__'])('%j is none', (text) => {
    expect(parseTopic(text)).toBeUndefined();
  });

  it('comes back from its text, of every kind', () => {
    const part = fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.toUpperCase().trim()).filter((text) => /^[^\p{Cc}/]{1,64}$/u.test(text));
    const kinds = Object.keys(TOPIC_KINDS).filter((kind): kind is TopicKindName => Object.hasOwn(TOPIC_KINDS, kind));
    fc.assert(
      fc.property(fc.constantFrom(...kinds), part, fc.constantFrom(...TICK_KINDS), fc.constantFrom(...STREAM_BAR_SIZES), (kind, value, tick, size) => {
        const { pattern } = TOPIC_KINDS[kind];
        const topic: Topic = { kind, ...(pattern.includes(':instrument') ? { instrument: value } : {}), ...(pattern.includes(':account') ? { account: value } : {}), ...(pattern.includes(':tick') ? { tick } : {}), ...(pattern.includes(':size') ? { size } : {}) };
        expect(parseTopic(topicText(topic))).toEqual(topic);
      }),
    );
    expect(kinds).toHaveLength(14);
  });

  it('is fed in modes that a subscription may name, the default first', () => {
    const modes = Object.values(TOPIC_KINDS).map((kind): readonly string[] => kind.modes);
    expect(modes.every(([first]) => first === 'all' || first === 'latest')).toBe(true);
    expect([...new Set(modes.flat())].sort()).toEqual([...STREAM_MODES].sort());
    for (const mode of ['all', 'latest', 'sampled']) expect(clientMessageSchema.parse({ t: 'sub', id: 1, topic: 'health', mode })).toMatchObject({ mode });
    expect(() => clientMessageSchema.parse({ t: 'sub', id: 1, topic: 'health', mode: 'newest' })).toThrow(z.ZodError);
  });

  it('belongs to level 1 of the protocol, which changes only with what programs must do differently', () => {
    expect(STREAM_API_LEVEL).toBe(1);
  });
});
