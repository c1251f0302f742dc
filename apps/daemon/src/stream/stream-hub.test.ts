import { parseTopic, serverMessageSchema } from '@ibkit/api-contract';
import type { Topic, TopicDelta, TopicKindName } from '@ibkit/api-contract';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { MarketDataError } from '@ibkit/error-codes';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FakeTopic } from './testing/fake-topics.js';
import { FakeClient, READER } from './testing/fake-client.js';
import { testHub } from './testing/test-hub.js';

const SPY = { symbol: 'SPY', conId: 756733, bid: '451.2', mode: 'live', stale: false } as const;

function topicOf(text: string): Topic {
  const topic = parseTopic(text);
  if (topic === undefined) throw new Error(text);
  return topic;
}

function trade(price: string, pad = 0): TopicDelta<'trades'> {
  return { symbol: 'SPY', conId: 1, price, size: '1', exchange: 'X'.repeat(pad), conditions: '', pastLimit: false, unreported: false, tradedAtUs: 1, receivedAtUs: 1 };
}

describe('StreamHub', () => {
  let clock: TestClock;
  let made: ReturnType<typeof testHub>;
  let quotes: FakeTopic;
  beforeEach(() => {
    clock = createTestClock();
    made = testHub(clock);
    quotes = made.topics.get('quotes/SPY', topicOf('quotes/SPY'), SPY);
  });
  const connect = (encoding: 'json' | 'msgpack' = 'json'): FakeClient => new FakeClient(encoding).connect(made.hub);
  const types = ({ messages }: FakeClient): string[] => messages.map(({ t }) => t);
  /** A topic whose state is told when somebody asks for it. */
  const topic = (text: string, whole: Parameters<FakeTopic['whole']>[0]): FakeTopic => made.topics.get(text, topicOf(text), whole);

  it('says hello, and welcome to a client that is known by its header', async () => {
    const client = connect();
    await clock.settle();
    expect(client.messages).toMatchObject([{ t: 'hello', apiLevel: 1, version: '1.0.0' }, { t: 'welcome', scope: 'read', heartbeatMs: 5000 }]);
  });

  it('lets a client in that introduces itself with a ticket, and nobody who does not in time', async () => {
    const [good, silent, wrong, rude] = [0, 1, 2, 3].map(() => new FakeClient().knock(made.hub));
    if (good === undefined || silent === undefined || wrong === undefined || rude === undefined) throw new Error('four');
    good.say({ t: 'auth', ticket: 'good' });
    wrong.say({ t: 'auth', token: 'bad' });
    rude.say({ t: 'ping' });
    await clock.advance(5000);
    expect(types(good)).toContain('welcome');
    expect(good.closedWith).toBeUndefined();
    for (const one of [silent, wrong, rude]) expect(one.closedWith?.code).toBe(4001);
    expect(types(silent).at(-1)).toBe('end');
  });

  it('tells all of a topic, then what changes, in both encodings', async () => {
    for (const encoding of ['json', 'msgpack'] as const) {
      const client = connect(encoding);
      client.subscribe(7, 'quotes/SPY', 'quotes', { mode: 'all' });
      quotes.delta({ bid: '451.3' });
      await clock.settle();
      expect(client.of(7).kinds, encoding).toEqual(['snapshot', 'delta']);
      expect(client.of(7).state).toEqual(quotes.state?.data);
    }
  });

  it('sends at most one merged change per interval in mode latest, the first and what is notable at once', async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'latest', minIntervalMs: 100 });
    quotes.delta({ bid: '1' });
    quotes.delta({ bid: '2', ask: '3' });
    quotes.delta({ bid: '4' });
    await clock.settle();
    expect(client.of(1).deltas).toEqual([{ bid: '1' }]);
    await clock.advance(100);
    expect(client.of(1).deltas).toEqual([{ bid: '1' }, { bid: '4', ask: '3' }]);
    expect(client.messages.at(-1)).toMatchObject({ t: 'delta', n: 2 });
    quotes.delta({ bid: '5' });
    quotes.delta({ halted: true }, true);
    await clock.settle();
    expect(client.of(1).deltas.at(-1)).toEqual({ bid: '5', halted: true });
    expect(made.hub.stats().conflated).toBe(2);
  });

  it('sends by the clock in mode sampled', async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'sampled', minIntervalMs: 100 });
    quotes.delta({ bid: '1' });
    await clock.settle();
    expect(client.of(1).deltas).toEqual([]);
    await clock.advance(100);
    expect(client.of(1).deltas).toEqual([{ bid: '1' }]);
  });

  it('never folds trades, and says so to whoever asks for it', async () => {
    topic('trades/SPY', {});
    const client = connect();
    client.subscribe(1, 'trades/SPY', 'trades', { mode: 'latest' });
    await clock.settle();
    expect(client.messages.at(-1)).toMatchObject({ t: 'err', id: 1, code: 'IBKR_STREAM_MODE' });
  });

  it('goes on where a resume token says, and tells what was missed', async () => {
    const first = connect();
    first.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    quotes.delta({ bid: '1' });
    await clock.settle();
    const { at } = first.of(1);
    first.terminate();
    quotes.delta({ bid: '2' });
    quotes.delta({ bid: '3' });
    const second = connect();
    second.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all', resume: at });
    await clock.settle();
    expect(second.of(1).kinds).toEqual(['resumed', 'delta', 'delta']);
    expect(second.of(1).deltas).toEqual([{ bid: '2' }, { bid: '3' }]);
  });

  it('declares what it cannot tell any more', async () => {
    const first = connect();
    first.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    await clock.settle();
    const { at } = first.of(1);
    quotes.delta({ bid: '2' });
    await clock.advance(10_500);
    const late = connect();
    late.subscribe(1, 'quotes/SPY', 'quotes', { resume: at });
    await clock.settle();
    expect(late.of(1).kinds).toEqual(['gap', 'snapshot']);
    expect(late.messages.at(-1)).toMatchObject({ reason: 'tooFarBehind' });
    quotes.whole({ ...SPY, bid: '9' });
    const other = connect();
    other.subscribe(1, 'quotes/SPY', 'quotes', { resume: at });
    await clock.settle();
    expect(other.messages.at(-1)).toMatchObject({ reason: 'epochChanged' });
    expect(late.messages.at(-1)).toMatchObject({ reason: 'reconnected', data: { bid: '9' } });
    other.subscribe(2, 'quotes/SPY', 'quotes', { resume: 'garbage' });
    await clock.settle();
    expect(other.messages.at(-1)).toMatchObject({ t: 'err', id: 2, code: 'IBKR_STREAM_RESUME' });
  });

  it('tells a durable topic from any position, also when a thousand more have gone by', async () => {
    const audit = topic('audit', { entries: [] });
    const entry = (seq: number): { entry: { seq: number; term: number; atMs: number; type: string; record: Record<string, unknown> } } => ({ entry: { seq, term: 1, atMs: 1, type: 'term', record: {} } });
    const first = connect();
    first.subscribe(1, 'audit', 'audit');
    await clock.settle();
    const { at } = first.of(1);
    for (let seq = 0; seq < 1500; seq += 1) audit.delta(entry(seq));
    const second = connect();
    second.subscribe(1, 'audit', 'audit', { resume: at });
    for (let turn = 0; turn < 2000 && second.of(1).deltas.length < 1500; turn += 1) await clock.settle();
    audit.delta(entry(1500));
    await clock.settle();
    expect(second.of(1).deltas).toEqual(Array.from({ length: 1501 }, (_, seq) => entry(seq)));
    expect(first.of(1).deltas).toHaveLength(1501);
  });

  it('answers a resync that comes while it tells what was missed', async () => {
    const audit = topic('audit', { entries: [] });
    const first = connect();
    first.subscribe(1, 'audit', 'audit');
    await clock.settle();
    const { at } = first.of(1);
    for (let seq = 0; seq < 1500; seq += 1) audit.delta({ entry: { seq, term: 1, atMs: 1, type: 'term', record: {} } });
    const second = connect();
    second.subscribe(1, 'audit', 'audit', { resume: at });
    second.say({ t: 'resync', id: 1 });
    for (let turn = 0; turn < 2000 && second.of(1).kinds.at(-1) !== 'snapshot'; turn += 1) await clock.settle();
    expect(second.of(1).kinds.filter((kind) => kind !== 'delta')).toEqual(['resumed', 'snapshot']);
  });

  it('feeds a slow client less, then nothing, and tells it all of the topic when it keeps up again', async () => {
    const trades = topic('trades/SPY', {});
    const [slow, quick] = [connect(), connect()];
    for (const one of [slow, quick]) {
      one.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
      one.subscribe(2, 'trades/SPY', 'trades');
    }
    await clock.settle();
    slow.takes = false;
    for (let index = 0; index < 1200; index += 1) {
      trades.delta(trade(String(index), 1000));
      quotes.delta({ bid: String(index) });
      await clock.settle();
    }
    expect(slow.client?.view()).toMatchObject({ demoted: true, paused: true });
    expect(slow.client?.bufferedBytes).toBeLessThan(1_200_000);
    expect(slow.mostHeldBytes).toBeLessThan(200_000);
    expect(quick.of(2).deltas).toHaveLength(1200);
    slow.takes = true;
    slow.drain();
    await clock.settle();
    const states = slow.messages.filter((message) => message.t === 'state').map(({ id, data: { state } }) => `${id} ${state}`);
    expect(states).toEqual(['1 demoted', '1 paused', '2 paused', '1 restored', '2 restored']);
    expect(slow.of(2).kinds.slice(-3)).toEqual(['state', 'gap', 'snapshot']);
    for (const id of [1, 2]) expect(slow.of(id).state).toEqual(quick.of(id).state);
    const missed = slow.messages.find((message) => message.t === 'gap' && message.id === 2);
    expect(slow.of(2).deltas.length + (missed?.t === 'gap' ? (missed.data.missed ?? 0) : 0)).toBe(1200);
    quotes.delta({ bid: '9999' });
    await clock.settle();
    expect(slow.of(1).deltas.at(-1)).toEqual({ bid: '9999' });
  });

  it('cuts a client that takes nothing for ten seconds, with the reason and where to go on, and nobody else', async () => {
    const [stalled, quick] = [connect(), connect()];
    for (const one of [stalled, quick]) one.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    await clock.settle();
    stalled.takes = false;
    for (let second = 0; second < 12; second += 1) {
      quotes.delta({ bid: String(second) });
      await clock.advance(1000);
    }
    expect(stalled.closedWith).toEqual({ code: 4008, reason: 'IBKR_STREAM_SLOW' });
    stalled.takes = true;
    stalled.drain();
    const end = stalled.messages.at(-1);
    expect(end).toMatchObject({ t: 'end', code: 'IBKR_STREAM_SLOW', resume: { 1: stalled.of(1).at } });
    await clock.advance(5000);
    expect(stalled.terminated).toBe(true);
    expect(quick.closedWith).toBeUndefined();
    expect(quick.of(1).deltas).toHaveLength(12);
    expect(made.hub.stats()).toMatchObject({ connections: 1, cut: 1 });
  });

  it('cuts nobody because its own loop stood still', async () => {
    let stoodStillMs = 0;
    const own = testHub({ ...clock, now: () => clock.now(), monotonic: () => clock.monotonic() + stoodStillMs, setTimer: (...args) => clock.setTimer(...args) });
    const client = new FakeClient().connect(own.hub);
    const source = own.topics.get('quotes/SPY', { kind: 'quotes', instrument: 'SPY' });
    source.whole({ symbol: 'SPY', conId: 756733, mode: 'live', stale: false });
    client.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    await clock.settle();
    client.takes = false;
    source.delta({ bid: '1' });
    await clock.advance(1000);
    stoodStillMs = 60_000;
    await clock.advance(1000);
    expect(client.closedWith).toBeUndefined();
    // Now it has had ten seconds.
    await clock.advance(10_000);
    expect(client.closedWith).toMatchObject({ code: 4008 });
    client.terminate();
    await own.hub.close();
  });

  it('cuts a client that talks and never listens long before it costs memory', async () => {
    const client = connect();
    await clock.settle();
    client.takes = false;
    topic('positions', { positions: Array.from({ length: 1000 }, (_, index) => ({ account: `DU${index}`, symbol: 'X'.repeat(200), position: '1' })) });
    for (let id = 0; id < 60 && client.closedWith === undefined; id += 1) {
      client.subscribe(id, 'positions', 'positions');
      await clock.advance(50);
    }
    expect(client.closedWith?.code).toBe(4008);
    expect(client.mostHeldBytes).toBeLessThan(4_194_304);
  });

  it('cuts those that have the most waiting when all together have too much', async () => {
    const crowded = testHub(clock, { totalBytes: 20_000 });
    const book = crowded.topics.get('quotes/SPY', topicOf('quotes/SPY'), SPY);
    const [most, less, none] = [0, 1, 2].map(() => new FakeClient().connect(crowded.hub));
    if (most === undefined || less === undefined || none === undefined) throw new Error('three');
    for (const one of [most, less, none]) one.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    most.subscribe(2, 'quotes/SPY', 'quotes', { mode: 'all' });
    await clock.settle();
    most.takes = false;
    less.takes = false;
    for (let index = 0; index < 100; index += 1) book.delta({ bid: String(index) });
    await clock.advance(1000);
    expect([most, less, none].map(({ closedWith }) => closedWith?.code)).toEqual([4008, undefined, undefined]);
    await clock.advance(5000);
    expect(most.terminated).toBe(true);
    expect(less.closedWith).toBeUndefined();
    expect(crowded.hub.stats().bufferedBytes).toBeLessThan(20_000);
  });

  it('answers what it does not understand, and gives up on who goes on with it', async () => {
    const client = connect();
    for (const message of [{ t: 'sub', id: 1, topic: 'nonsense/x' }, { t: 'unsub', id: 9 }, { t: 'sub', id: -1, topic: 'orders' }]) client.say(message);
    client.client?.received(Buffer.from('\u0000{'), false);
    client.client?.received(Buffer.from('{"t":"ping"}'), true);
    await clock.settle();
    expect(client.messages.filter(({ t }) => t === 'err').map((message) => ('code' in message ? message.code : ''))).toEqual([
      'IBKR_TOPIC_UNKNOWN', 'IBKR_STREAM_ID', 'IBKR_STREAM_MESSAGE', 'IBKR_STREAM_MESSAGE', 'IBKR_STREAM_MESSAGE',
    ]);
    for (let index = 0; index < 10; index += 1) client.say('nothing');
    expect(client.closedWith?.code).toBe(4004);
  });

  it('says which subscription it is that it does not understand', async () => {
    for (const encoding of ['json', 'msgpack'] as const) {
      const client = connect(encoding);
      client.say({ t: 'sub', id: 5, topic: 'orders', resume: 'x'.repeat(300) });
      client.say({ t: 'sub', id: 'five', topic: 'orders' });
      client.say({ t: 'sub', id: -5, topic: 'orders' });
      await clock.settle();
      expect(client.messages.flatMap((message) => (message.t === 'err' ? [message.id] : []))).toEqual([5, undefined, undefined]);
    }
  });

  it('closes on who sends too many messages', () => {
    const client = connect();
    for (let index = 0; index < 201; index += 1) client.say({ t: 'ping', n: index });
    expect(client.closedWith?.code).toBe(4029);
  });

  it('keeps to the subscriptions of a connection, and to the quota of a token over all its connections', async () => {
    const many = testHub(clock, { subscriptions: 3 });
    for (const text of ['quotes/A', 'quotes/B', 'quotes/C', 'quotes/D']) many.topics.get(text, topicOf(text), SPY);
    const limited = { ...READER, tokenId: 't2', quota: { lines: 2, streams: 3, connections: 2 } };
    const [one, two, three] = [new FakeClient(), new FakeClient(), new FakeClient()];
    one.connect(many.hub, limited);
    two.connect(many.hub, limited);
    three.connect(many.hub, limited);
    await clock.settle();
    expect(three.closedWith?.code).toBe(4029);
    one.subscribe(1, 'quotes/A', 'quotes');
    one.subscribe(2, 'quotes/B', 'quotes');
    two.subscribe(1, 'quotes/C', 'quotes');
    two.subscribe(2, 'quotes/A', 'quotes');
    two.subscribe(3, 'quotes/B', 'quotes');
    await clock.settle();
    const codes = two.messages.flatMap((message) => (message.t === 'err' ? [`${message.id ?? ''} ${message.code}`] : []));
    expect(codes).toEqual(['1 IBKR_STREAM_QUOTA', '3 IBKR_STREAM_QUOTA']);
    one.say({ t: 'unsub', id: 2 });
    two.subscribe(4, 'quotes/C', 'quotes');
    await clock.settle();
    expect(two.of(4).kinds).toEqual(['snapshot']);
    const rest = new FakeClient().connect(many.hub);
    for (let id = 1; id <= 4; id += 1) rest.subscribe(id, 'quotes/D', 'quotes');
    await clock.settle();
    expect(rest.messages.at(-1)).toMatchObject({ t: 'err', id: 4, code: 'IBKR_STREAM_TOO_MANY' });
  });

  it('shows a token that is limited to some accounts nothing of others', async () => {
    const position = (account: string, size: string): TopicDelta<'positions'>['positions'][number] => ({ account, conId: 1, position: size });
    const positions = topic('positions', { positions: [position('DU1', '1'), position('DU2', '2')] });
    topic('pnl/DU2', { account: 'DU2', stale: false });
    const client = new FakeClient().connect(made.hub, { ...READER, accounts: ['DU1'] });
    client.subscribe(1, 'positions', 'positions', { mode: 'all' });
    client.subscribe(2, 'pnl/DU2', 'pnl');
    positions.delta({ positions: [position('DU2', '9')] });
    positions.delta({ positions: [position('DU1', '3'), position('DU2', '8')] });
    await clock.settle();
    expect(client.of(1).state).toEqual({ positions: [position('DU1', '3')] });
    expect(client.of(1).seq).toBe(2);
    expect(client.messages.some((message) => message.t === 'err' && message.code === 'IBKR_STREAM_FORBIDDEN')).toBe(true);
    expect(JSON.stringify(client.messages)).not.toContain('"DU2","conId"');
  });

  it('tells by heartbeats that it lives and where each subscription is, and hangs up on who answers no ping', async () => {
    const client = connect();
    client.subscribe(3, 'quotes/SPY', 'quotes');
    await clock.advance(5000);
    await clock.settle();
    expect(client.messages.at(-1)).toMatchObject({ t: 'heartbeat', at: { 3: client.of(3).at } });
    await clock.advance(10_000);
    expect(client.pings).toBe(1);
    client.client?.ponged();
    await clock.advance(45_000);
    expect(client.terminated).toBe(true);
    expect(made.hub.stats().connections).toBe(0);
  });

  it('says why there is nothing yet, and begins when there is', async () => {
    const late = made.topics.get('quotes/QQQ', topicOf('quotes/QQQ'));
    const client = connect();
    client.subscribe(1, 'quotes/QQQ', 'quotes');
    late.stale('no session with the gateway');
    await clock.settle();
    expect(client.of(1).kinds).toEqual(['stale']);
    late.whole(SPY);
    await clock.settle();
    expect(client.of(1).kinds).toEqual(['stale', 'snapshot']);
  });

  it('ends a subscription whose topic ends, with the reason, and opens it anew for the next', async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes');
    quotes.end(new Error('no permission'));
    await clock.settle();
    expect(client.messages.at(-1)).toMatchObject({ t: 'end', id: 1, reason: 'no permission' });
    expect(made.hub.stats()).toMatchObject({ subscriptions: 0, topics: 0 });
  });

  it("ends a subscription with the broker's code and the tips, as an answer over HTTP tells them", async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes');
    quotes.end(new MarketDataError({ code: 'IBKR_MARKET_DATA_REFUSED', message: 'no permission', brokerCode: 354, tips: ['Subscribe to it.'] }));
    await clock.settle();
    const [end] = client.messages.slice(-1);
    expect(end).toMatchObject({ t: 'end', id: 1, code: 'IBKR_MARKET_DATA_REFUSED', reason: 'no permission', problem: { errorClass: 'MarketDataError', ibCode: 354, tips: ['Subscribe to it.'], retryable: false } });
    expect(serverMessageSchema.safeParse(end).success).toBe(true);
  });

  it('closes a topic a while after its last subscriber', async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes');
    client.say({ t: 'unsub', id: 1 });
    expect(quotes.closed).toBe(0);
    await clock.advance(10_000);
    expect(quotes.closed).toBe(1);
  });

  it('says goodbye to everybody when the daemon goes, and where to go on', async () => {
    const client = connect();
    client.subscribe(1, 'quotes/SPY', 'quotes', { mode: 'all' });
    quotes.delta({ bid: '7' });
    const closing = made.hub.close();
    expect(client.closedWith).toEqual({ code: 1001, reason: 'IBKR_STREAM_GOING_AWAY' });
    expect(client.messages.at(-1)).toMatchObject({ t: 'end', code: 'IBKR_STREAM_GOING_AWAY', resume: { 1: client.of(1).at } });
    expect(client.of(1).deltas).toEqual([{ bid: '7' }]);
    client.client?.closed();
    await closing;
    expect(quotes.closed).toBe(1);
  });

  it('gives the loop back between the turns of a crowd', async () => {
    const kind: TopicKindName = 'quotes';
    const crowd = Array.from({ length: 200 }, () => connect());
    for (const client of crowd) client.subscribe(1, 'quotes/SPY', kind, { mode: 'all' });
    await clock.settle();
    const stalled = crowd[0];
    if (stalled === undefined) throw new Error('nobody');
    stalled.takes = false;
    for (let index = 0; index < 50; index += 1) quotes.delta({ bid: String(index) });
    await clock.settle();
    for (const client of crowd.slice(1)) expect(client.of(1).deltas).toHaveLength(50);
  });
});
