import type { ApiRisk } from '@ibkit/api-contract';
import { TOPIC_KINDS } from '@ibkit/api-contract';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading, memoryJournal } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator } from '@ibkit/simulator';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchedJournal } from './journal/topic-journal.js';
import type { TopicEvent } from './topic-event.js';
import type { TopicFeed } from './topic-feed.js';
import { Topics, createTopics } from './topics.js';

const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });

describe('Topics', () => {
  let simulator: Simulator;
  let connection: ConnectionManager;
  let marketData: MarketData;
  let trading: Trading;
  let journal: Journal;
  let topics: Topics;
  const risk = (): ApiRisk => ({ mode: 'paper', gate: [], killSwitch: false, allowedAccounts: [], unknownOrders: 0 });
  beforeEach(async () => {
    simulator = await createSimulator({ seed: 11 });
    connection = new ConnectionManager({ host: simulator.host, port: simulator.port, clientId: 1 });
    marketData = new MarketData({ connection });
    journal = memoryJournal();
    const watched = watchedJournal(journal);
    trading = new Trading({ connection, marketData, journal: watched });
    await connection.connect();
    await trading.ready();
    topics = createTopics({ connection, marketData, trading, journal: watched, risk, lingerMs: 0 });
  });
  afterEach(async () => {
    await topics.close();
    await trading.close();
    await marketData.close();
    await connection.disconnect();
    await simulator.close();
  });
  const told = (topic: string): { readonly feed: TopicFeed; readonly events: TopicEvent[] } => {
    const events: TopicEvent[] = [];
    return { events, feed: topics.open(topic, { onEvent: (event) => events.push(event) }) };
  };
  const requests = (type: string): number => simulator.control.journal().filter((entry) => entry.type === type).length;

  it('feeds each topic as the contract says', async () => {
    const account = connection.accounts[0] ?? '';
    const names = ['quotes/SPY', 'trades/SPY', 'ticks/SPY/midPoint', 'bars/SPY/5m', 'depth/SPY', 'orders', 'executions', 'positions', `account/${account}`, `pnl/${account}`, 'health', 'gateway', 'risk', 'audit'];
    const feeds = names.map(told);
    await until(() => {
      for (const { feed } of feeds) expect(feed.state, feed.topic).toBeDefined();
      for (const index of [0, 1, 2, 3, 4]) expect(feeds[index]?.events.some(({ kind }) => kind === 'delta'), names[index]).toBe(true);
    });
    for (const { feed, events } of feeds) {
      TOPIC_KINDS[feed.kind].snapshot.parse(feed.state?.data);
      let last = -1;
      for (const event of events) {
        if (event.kind === 'delta') TOPIC_KINDS[feed.kind].delta.parse(event.data);
        expect(event.position).toBeGreaterThanOrEqual(last);
        last = event.position;
      }
    }
  });

  it('opens one line for any number of readers, and one tick-by-tick stream for two topics', async () => {
    const readers = [told('quotes/SPY'), told('quotes/spy'), told('trades/SPY'), told('trades/SPY'), told('ticks/SPY/allLast')];
    await until(() => {
      for (const { events } of readers) expect(events.some(({ kind }) => kind === 'delta')).toBe(true);
    });
    expect([requests('reqMktData'), requests('reqTickByTickData')]).toEqual([1, 1]);
    expect(topics.openLines).toBe(3);
    for (const { feed } of readers) await feed.close();
    await until(() => {
      expect([topics.openLines, requests('cancelTickByTickData')]).toEqual([0, 1]);
    });
  });

  it('is pleasant to loop over: all of it first, and the loop ends the reader', async () => {
    const kinds: string[] = [];
    for await (const event of topics.open('quotes/SPY')) {
      kinds.push(event.kind);
      if (event.kind === 'delta' && kinds.length > 3) break;
    }
    expect(kinds[0]).toBe('snapshot');
    await until(() => {
      expect(topics.openLines).toBe(0);
    });
  });

  it('says of every topic about the market and the account that it may not be true while the link is down, and what was missed', async () => {
    const account = connection.accounts[0] ?? '';
    const feeds = ['quotes/SPY', 'trades/SPY', 'depth/SPY', 'positions', `pnl/${account}`].map(told);
    await until(() => {
      for (const { feed } of feeds) expect(feed.state).toBeDefined();
      for (const index of [0, 1, 2]) expect(feeds[index]?.events.some(({ kind }) => kind === 'delta')).toBe(true);
    });
    simulator.control.dropClients('rst');
    await until(() => {
      for (const { feed, events } of feeds) expect(events.some(({ kind }) => kind === 'stale'), feed.topic).toBe(true);
    });
    await until(() => {
      for (const { feed, events } of feeds) {
        const since = events.slice(events.findIndex(({ kind }) => kind === 'stale'));
        expect(since.some(({ kind }) => kind === 'gap'), `gap of ${feed.topic}`).toBe(true);
        expect(since.some(({ kind }) => kind === 'delta' || kind === 'reset'), `news of ${feed.topic}`).toBe(true);
      }
    });
  }, 30_000);

  it('tells orders and fills as they are written down, and again from any position', async () => {
    const [orders, fills, audit] = [told('orders'), told('executions'), told('audit')];
    await until(() => {
      for (const { feed } of [orders, fills, audit]) expect(feed.state).toBeDefined();
    });
    const begin = orders.feed.state?.position ?? 0;
    const handle = await trading.place({ contract: AAPL, action: 'BUY', quantity: 5, orderType: 'MKT', key: 'k1' });
    await handle.done({ timeoutMs: 10_000 });
    await trading.kill('done');
    const head = await journal.head();
    await until(() => {
      expect(audit.events.at(-1)?.position).toBe(head.seq);
    });
    const statuses = orders.events.flatMap((event) => (event.kind === 'delta' && 'order' in event.data ? [event.data.order.status] : []));
    expect([statuses[0], statuses.at(-1)]).toEqual(['staged', 'filled']);
    expect(fills.feed.state?.data).toMatchObject({ fills: [{ key: 'k1', quantity: '5', commission: { status: 'known' } }] });
    expect(audit.events.flatMap(({ kind, position }) => (kind === 'delta' ? [position] : []))).toEqual(Array.from({ length: head.seq - begin }, (_, index) => begin + 1 + index));
    for (const { feed, events } of [orders, fills, audit]) {
      const live = events.filter(({ kind }) => kind === 'delta');
      for (const after of [begin, live[Math.floor(live.length / 2)]?.position ?? 0]) {
        const again: TopicEvent[] = [];
        for await (const change of feed.history(after)) again.push(change);
        expect(again).toEqual(live.filter(({ position }) => position > after));
      }
    }
    const other = createTopics({ connection, marketData, trading, journal });
    const restarted = other.open('orders');
    await until(() => {
      expect(restarted.epoch).toBe(orders.feed.epoch);
      expect(restarted.state?.position).toBe(head.seq);
    });
    await other.close();
  }, 30_000);

  it('follows also a journal that tells nobody about its appends', async () => {
    const other = createTopics({ connection, marketData, trading, journal });
    const events: TopicEvent[] = [];
    other.open('audit', { onEvent: (event) => events.push(event) });
    await until(() => {
      expect(events[0]?.kind).toBe('snapshot');
    });
    await trading.kill('look here');
    await until(() => {
      expect(events.some((event) => event.kind === 'delta' && 'entry' in event.data && event.data.entry.type === 'killSwitch')).toBe(true);
    });
    await other.close();
  });

  it('ends a reader with what the broker says, and opens the topic anew for the next', async () => {
    const reading = (async () => {
      for await (const event of topics.open('quotes/NOSUCHTHING')) expect(event.kind).toBe('stale');
    })();
    await expect(reading).rejects.toMatchObject({ code: 'IBKR_CONTRACT_NOT_FOUND' });
    expect(topics.openLines).toBe(0);
  });

  it('refuses what it cannot serve, and everything once it is closed', async () => {
    expect(() => topics.open('nonsense/SPY')).toThrow(expect.objectContaining({ code: 'IBKR_TOPIC_UNKNOWN' }));
    const bare = createTopics({ connection, marketData, trading });
    for (const topic of ['orders', 'executions', 'audit', 'risk']) expect(() => bare.open(topic)).toThrow(expect.objectContaining({ code: 'IBKR_TOPIC_UNAVAILABLE' }));
    expect(() => topics.open('health').history(0)).toThrow(/durable/u);
    await bare.close();
    expect(() => bare.open('health')).toThrow(expect.objectContaining({ code: 'IBKR_TOPICS_CLOSED' }));
    expect(() => new Topics({ connection, marketData, trading, lingerMs: -1 })).toThrow(/lingerMs/u);
  });
});
