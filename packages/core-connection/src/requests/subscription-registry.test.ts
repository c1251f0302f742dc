import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import { UsageError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import { describe, expect, it } from 'vitest';
import type { SubscriptionSpec } from '../connection-port.js';
import { FIRST_INTERNAL_REQUEST_ID, RequestIds } from './request-ids.js';
import { SubscriptionRegistry } from './subscription-registry.js';
import { MemorySession } from '../testing/memory-session.js';

const ID = FIRST_INTERNAL_REQUEST_ID;
const INTERRUPTION = { fromMs: 4_000, reason: 'the link broke' };

const size = (reqId: number): ServerMessage => ({ type: 'tickSize', reqId, tickType: 0, size: 5 });
const notice = (id: number, code: number, msg: string): ServerMessage => ({ type: 'errMsg', id, code, msg });

function setUp(): { clock: TestClock; registry: SubscriptionRegistry; faults: unknown[] } {
  const clock = createTestClock({ nowMs: 10_000 });
  const faults: unknown[] = [];
  const registry = new SubscriptionRegistry({ clock, ids: new RequestIds(), onCallbackError: (error) => faults.push(error) });
  return { clock, registry, faults };
}

function quotes(symbol: string, log: string[], more: Partial<SubscriptionSpec> = {}): SubscriptionSpec {
  return {
    name: `quotes of ${symbol}`,
    build: (reqId) => ({ type: 'reqMktData', reqId, contract: { symbol }, genericTickList: '', snapshot: false, regulatorySnapshot: false }),
    cancel: (reqId) => ({ type: 'cancelMktData', reqId }),
    receive: (message) => log.push(`${symbol} ${message.type}`),
    onGap: (gap) => log.push(`${symbol} gap ${gap.fromMs}..${gap.toMs} ${gap.reason}`),
    onRestored: () => log.push(`${symbol} restored`),
    onEnd: (error) => log.push(`${symbol} end ${error?.brokerCode ?? error?.code ?? 'closed'}`),
    ...more,
  };
}

const marketDataType: SubscriptionSpec = {
  name: 'market data type',
  restoreFirst: true,
  build: () => ({ type: 'reqMarketDataType', marketDataType: 3 }),
  cancel: () => ({ type: 'reqMarketDataType', marketDataType: 1 }),
  receive: () => undefined,
};

describe('SubscriptionRegistry', () => {
  it('keeps a stream pending while down and requests it on the next session', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const stream = registry.subscribe(quotes('SPY', log));
    expect(stream.status).toBe('pending');
    const session = new MemorySession();
    registry.sessionReady(session);
    await clock.settle();
    expect(stream.status).toBe('active');
    expect(session.sent).toMatchObject([{ type: 'reqMktData', reqId: ID, contract: { symbol: 'SPY' } }]);
    expect(registry.dispatch(size(ID))).toBe('claimed');
    expect(registry.dispatch(size(ID + 1))).toBe('unclaimed');
    expect(log).toEqual(['SPY tickSize']);
  });

  it('restores with fresh ids, session settings first, and marks the gap before the first data', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const first = new MemorySession(1);
    registry.sessionReady(first);
    const spy = registry.subscribe(quotes('SPY', log));
    registry.subscribe(quotes('QQQ', log));
    registry.subscribe(marketDataType);
    await clock.settle();
    registry.dispatch(size(ID));
    first.break();
    registry.sessionEnded(INTERRUPTION);
    expect(spy.status).toBe('interrupted');
    const second = new MemorySession(2);
    registry.sessionReady(second);
    await clock.advance(2_000);
    expect(second.sent).toMatchObject([
      { type: 'reqMarketDataType' },
      { type: 'reqMktData', reqId: ID + 4, contract: { symbol: 'SPY' } },
      { type: 'reqMktData', reqId: ID + 5, contract: { symbol: 'QQQ' } },
    ]);
    expect(registry.dispatch(size(ID))).toBe('unclaimed');
    registry.dispatch(size(ID + 4));
    registry.dispatch(size(ID + 4));
    expect(log).toEqual(['SPY tickSize', 'SPY gap 4000..12000 the link broke', 'SPY restored', 'SPY tickSize', 'SPY tickSize']);
    expect(spy.status).toBe('active');
  });

  it('cancels before whatever is asked for next in the same turn, since that may need the room', async () => {
    const { registry, clock } = setUp();
    const session = new MemorySession();
    registry.sessionReady(session);
    const spy = registry.subscribe(quotes('SPY', []));
    await clock.settle();
    const closed = spy.close();
    registry.subscribe(quotes('QQQ', []));
    await closed;
    expect(session.sent.map(({ type }) => type)).toEqual(['reqMktData', 'cancelMktData', 'reqMktData']);
  });

  it('reports one gap for several losses in a row, from the first', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const session = new MemorySession();
    registry.sessionReady(session);
    registry.subscribe(quotes('SPY', log));
    await clock.settle();
    registry.dispatch(size(ID));
    for (let loss = 0; loss < 3; loss += 1) {
      registry.sessionEnded({ fromMs: 4_000 + loss * 1_000, reason: `loss ${loss}` });
      registry.sessionReady(new MemorySession());
      await clock.settle();
    }
    registry.dispatch(size(ID + 3));
    expect(log.filter((line) => line.includes('gap'))).toEqual(['SPY gap 4000..10000 loss 0']);
  });

  it('requests everything again on the same session when the gateway lost the streams', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const session = new MemorySession();
    registry.sessionReady(session);
    registry.subscribe(quotes('SPY', log));
    await clock.settle();
    registry.resubscribe({ fromMs: 9_000, reason: '1101' });
    await clock.settle();
    expect(session.sent).toMatchObject([{ type: 'reqMktData', reqId: ID }, { type: 'reqMktData', reqId: ID + 1 }]);
    registry.dispatch(size(ID + 1));
    expect(log).toEqual(['SPY gap 9000..10000 1101', 'SPY restored', 'SPY tickSize']);
  });

  it('cancels, once, a line that the gateway did not lose after all: its request came behind the loss', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const session = new MemorySession();
    registry.sessionReady(session);
    registry.subscribe(quotes('SPY', log));
    await clock.settle();
    registry.resubscribe({ fromMs: 9_000, reason: '1101' });
    await clock.settle();
    registry.dispatch(notice(ID, 300, "Can't find EId with tickerId"));
    expect(session.sent).toHaveLength(2);
    registry.dispatch(size(ID));
    registry.dispatch(size(ID));
    await clock.settle();
    expect(session.sent.slice(2)).toEqual([{ type: 'cancelMktData', reqId: ID }]);
    expect(log).toEqual([]);
    registry.sessionEnded(INTERRUPTION);
    registry.sessionReady(new MemorySession(2));
    registry.dispatch(size(ID + 1));
    expect(log).toEqual([]);
  });

  it('ends with the broker error of its own id, and only for codes that fail requests', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    registry.sessionReady(new MemorySession());
    const stream = registry.subscribe(quotes('SPY', log));
    await clock.settle();
    registry.dispatch(notice(ID, 10_167, 'Displaying delayed market data.'));
    registry.dispatch(notice(ID, 987_654, 'Something new.'));
    expect(stream.status).toBe('active');
    registry.dispatch(notice(ID, 200, 'No security definition has been found for the request'));
    expect(stream.status).toBe('ended');
    expect(log).toEqual(['SPY errMsg', 'SPY errMsg', 'SPY end 200']);
    expect(registry.size).toBe(0);
  });

  it('cancels at the broker on close, once, and stays quiet afterwards', async () => {
    const { registry, clock } = setUp();
    const log: string[] = [];
    const session = new MemorySession();
    registry.sessionReady(session);
    const stream = registry.subscribe(quotes('SPY', log));
    await clock.settle();
    await Promise.all([stream.close(), stream.close(), stream[Symbol.asyncDispose]()]);
    expect(session.sent.map((message) => message.type)).toEqual(['reqMktData', 'cancelMktData']);
    expect(registry.dispatch(size(ID))).toBe('unclaimed');
    registry.sessionEnded(INTERRUPTION);
    registry.sessionReady(new MemorySession());
    expect(log).toEqual(['SPY end closed']);
  });

  it('takes back a request that still waits for its turn when it is closed', async () => {
    const { registry, clock } = setUp();
    const session = new MemorySession();
    session.holding = true;
    registry.sessionReady(session);
    const stream = registry.subscribe(quotes('SPY', []));
    await clock.settle();
    await stream.close();
    session.release();
    expect(session.sent).toEqual([]);
  });

  it('ends when its request cannot be made, and survives callbacks that throw', async () => {
    const { registry, clock, faults } = setUp();
    const log: string[] = [];
    registry.sessionReady(new MemorySession());
    registry.subscribe(
      quotes('BAD', log, {
        build: () => {
          throw new UsageError({ field: 'symbol', rule: 'must be known' });
        },
      }),
    );
    registry.subscribe(
      quotes('SPY', log, {
        receive: () => {
          throw new Error('a bad consumer');
        },
      }),
    );
    await clock.settle();
    registry.dispatch(size(ID + 1));
    expect(log).toEqual(['BAD end IBKR_USAGE_INVALID_ARGUMENT']);
    expect(faults).toEqual([new Error('a bad consumer')]);
  });
});
