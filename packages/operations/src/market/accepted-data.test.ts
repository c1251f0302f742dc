import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRig } from '../testing/rig.js';
import type { Rig } from '../testing/rig.js';
import type { TopicEvent } from '../topics/topic-event.js';
import { createTopics } from '../topics/topics.js';
import type { OpenTopicOptions, Topics } from '../topics/topics.js';

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });
/** What somebody is told who did not accept delayed data, whoever else did. */
const REFUSED = { name: 'MarketDataError', code: 'IBKR_MARKET_DATA_NOT_SUBSCRIBED', brokerCode: 354 };

describe('clients of one session that accept different data', () => {
  let rig: Rig;
  let topics: Topics;
  beforeAll(async () => {
    rig = await createRig({ simulator: { dataPermission: 'delayed', speed: 10 } });
    topics = createTopics({ connection: rig.connection, marketData: rig.marketData, trading: rig.trading, lingerMs: 0 });
  });
  afterAll(async () => {
    await topics.close();
    await rig[Symbol.asyncDispose]();
  });

  function read(options: OpenTopicOptions): readonly TopicEvent[] {
    const events: TopicEvent[] = [];
    topics.open('quotes/SPY', { ...options, onEvent: (event) => events.push(event) });
    return events;
  }

  /** The kinds of data that a reader of the topic was shown. */
  function modes(events: readonly TopicEvent[]): readonly unknown[] {
    return [...new Set(events.flatMap((event) => ('data' in event && 'mode' in event.data && event.data.mode !== 'unknown' ? [event.data.mode] : [])))];
  }

  it('are each served by what they accept, on the stream and by single questions, in any order', async () => {
    await expect(rig.refusal('quote', { symbol: 'SPY' })).resolves.toMatchObject({ name: 'MarketDataError', brokerCode: 10_089 });
    const delayed = read({ marketData: 'delayed' });
    await until(() => {
      expect(modes(delayed)).toEqual(['delayed']);
    });
    const live = read({});
    await until(() => {
      expect(live.at(-1)).toMatchObject({ kind: 'end', error: REFUSED });
    });
    expect(modes(live)).toEqual([]);
    for (let again = 0; again < 2; again += 1) {
      await expect(rig.refusal('quote', { symbol: 'SPY' })).resolves.toMatchObject(REFUSED);
      await expect(rig.ask('quote', { symbol: 'SPY', mode: 'delayed' })).resolves.toMatchObject({ mode: 'delayed', stale: false });
    }
    // Another instrument of the same session, which nobody follows.
    await expect(rig.refusal('quote', { symbol: 'MSFT' })).resolves.toMatchObject(REFUSED);
    await expect(rig.refusal('chain', { symbol: 'SPY', nextExpiries: 1, strikesEachSide: 1 })).resolves.toMatchObject({ name: 'MarketDataError' });
    const told = delayed.length;
    await until(() => {
      expect(delayed.length).toBeGreaterThan(told);
    });
    expect(delayed.some(({ kind }) => kind === 'end' || kind === 'gap')).toBe(false);
  });
});
