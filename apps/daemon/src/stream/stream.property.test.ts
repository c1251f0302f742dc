import { parseTopic } from '@ibkit/api-contract';
import type { StreamMode, Topic, TopicDelta } from '@ibkit/api-contract';
import { createTestClock } from '@ibkit/clock/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClient } from './testing/fake-client.js';
import { testHub } from './testing/test-hub.js';

const SPY = { symbol: 'SPY', conId: 756733, mode: 'live', stale: false } as const;
const price = fc.option(fc.integer({ min: 1, max: 9 }).map(String), { nil: null });
const change: fc.Arbitrary<TopicDelta<'quotes'>> = fc.record({ bid: price, ask: price, last: price, session: fc.constantFrom('regular', 'closed') }, { requiredKeys: [] });

type Step =
  | { readonly do: 'change'; readonly change: TopicDelta<'quotes'>; readonly notable: boolean }
  | { readonly do: 'gap' }
  | { readonly do: 'stale' }
  | { readonly do: 'reset' }
  | { readonly do: 'stall' }
  | { readonly do: 'drain' }
  | { readonly do: 'resync' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'cut'; readonly awayMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('change' as const), change, notable: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'gap' }, { do: 'stale' }, { do: 'reset' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'stall' }, { do: 'drain' }, { do: 'resync' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), awayMs: fc.integer({ min: 0, max: 600 }) }) },
);

function quotesTopic(): Topic {
  const topic = parseTopic('quotes/SPY');
  if (topic === undefined) throw new Error('no topic');
  return topic;
}

/** What is absent is absent, however it is written. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('a client that applies what it is told', () => {
  it('ends in the state of the source, in every mode, over stalls, cuts and resumes; every change was told or its loss declared', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom<StreamMode>('all', 'latest', 'sampled'), fc.integer({ min: 10, max: 300 }), fc.constantFrom<'json' | 'msgpack'>('json', 'msgpack'), async (steps, mode, minIntervalMs, encoding) => {
        const clock = createTestClock();
        // Small enough that every rung of the ladder is climbed.
        const { hub, topics } = testHub(clock, { ringMs: 300, ringEvents: 20, recoverBytes: 300, demoteBytes: 900, pauseBytes: 2000, cutBytes: 100_000, stallMs: 1e6, pingMs: 1e6 });
        const quotes = topics.get('quotes/SPY', quotesTopic(), SPY);
        const open = (resume?: string): FakeClient => {
          const client = new FakeClient(encoding).connect(hub);
          client.subscribe(1, 'quotes/SPY', 'quotes', { mode, minIntervalMs, ...(resume === undefined ? {} : { resume }) });
          return client;
        };
        let client = open();
        let [told, heard, declared] = [0, 0, false];
        const count = (): void => {
          heard += client.of(1).deltas.length;
          declared ||= client.of(1).kinds.some((kind, index) => kind === 'gap' || (kind === 'snapshot' && index > 0));
        };
        for (const one of steps) {
          if (one.do === 'change') {
            quotes.delta(one.change, one.notable);
            told += 1;
          } else if (one.do === 'gap') quotes.gap('r');
          else if (one.do === 'stale') quotes.stale('c');
          else if (one.do === 'reset') {
            quotes.whole({ ...SPY, bid: '5' });
            declared = true;
          } else if (one.do === 'wait') await clock.advance(one.ms);
          else if (one.do === 'stall') client.takes = false;
          else if (one.do === 'resync') client.say({ t: 'resync', id: 1 });
          else if (one.do === 'drain') {
            client.takes = true;
            client.drain();
          } else {
            await clock.settle();
            count();
            const { at, state } = client.of(1);
            // Whoever has nothing to go on from begins anew.
            declared ||= at === undefined;
            client.terminate();
            await clock.advance(one.awayMs);
            client = open(at);
            client.of(1).state = state;
          }
          await clock.settle();
        }
        client.takes = true;
        client.drain();
        await clock.advance(1000);
        client.drain();
        await clock.settle();
        count();
        expect(client.closedWith).toBeUndefined();
        expect(plain(client.of(1).state)).toEqual(plain(quotes.state?.data));
        expect(mode !== 'all' || declared ? told : heard).toBe(told);
        client.terminate();
        await hub.close();
      }),
      { numRuns: 150 },
    );
  });
});
