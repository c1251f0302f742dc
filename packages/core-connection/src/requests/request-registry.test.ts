import { createTestClock } from '@ibkit/clock/testing';
import type { ServerMessage } from '@ibkit/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestSpec } from '../connection-port.js';
import { FIRST_INTERNAL_REQUEST_ID, RequestIds } from './request-ids.js';
import { RequestRegistry } from './request-registry.js';
import { failure } from '../testing/loopback.js';
import { MemorySession } from '../testing/memory-session.js';

const ID = FIRST_INTERNAL_REQUEST_ID;

function setUp(): { clock: ReturnType<typeof createTestClock>; registry: RequestRegistry; session: MemorySession } {
  const clock = createTestClock();
  return { clock, session: new MemorySession(), registry: new RequestRegistry({ clock, ids: new RequestIds(), defaultTimeoutMs: 60_000 }) };
}

const samples = (reqId: number): ServerMessage => ({ type: 'symbolSamples', reqId, contracts: [] });
const notice = (id: number, code: number, msg: string): ServerMessage => ({ type: 'errMsg', id, code, msg });

const matching: RequestSpec<number> = {
  name: 'symbol search',
  build: (reqId) => ({ type: 'reqMatchingSymbols', reqId, pattern: 'SPY' }),
  receive: (message, reply, requestId) => {
    if (message.type === 'symbolSamples') reply.resolve(requestId);
  },
};

const time: RequestSpec<number> = {
  name: 'time',
  unkeyed: true,
  build: () => ({ type: 'reqCurrentTime' }),
  receive: (message, reply) => {
    if (message.type === 'currentTime') reply.resolve(message.time);
  },
};

describe('RequestRegistry', () => {
  it('answers each request by its own id, whatever the order of the answers', async () => {
    const { registry, session, clock } = setUp();
    const [first, second] = [registry.request(matching, session, 'connected'), registry.request(matching, session, 'connected')];
    await clock.settle();
    expect(session.sent).toMatchObject([{ reqId: ID }, { reqId: ID + 1 }]);
    expect(registry.dispatch(samples(ID + 1))).toBe('claimed');
    expect(registry.dispatch(samples(ID))).toBe('claimed');
    expect(registry.dispatch(samples(ID))).toBe('unclaimed');
    expect(await Promise.all([first, second])).toEqual([ID, ID + 1]);
    expect([registry.size, clock.pending]).toEqual([0, 0]);
  });

  it('answers requests without a key by any message', async () => {
    const { registry, session } = setUp();
    const asked = registry.request(time, session, 'connected');
    registry.dispatch(samples(5));
    registry.dispatch({ type: 'currentTime', time: 1700000000 });
    expect(await asked).toBe(1700000000);
  });

  it('rejects at once while not connected', async () => {
    const { registry, clock } = setUp();
    const error = await failure(registry.request(matching, undefined, 'reconnecting'));
    expect(error).toMatchObject({ code: 'IBKR_NOT_CONNECTED', details: { state: 'reconnecting' } });
    expect(clock.pending).toBe(0);
  });

  it('rejects with the broker error of its id, and lets warnings and unknown codes pass', async () => {
    const { registry, session, clock } = setUp();
    const asked = failure(registry.request(matching, session, 'connected'));
    await clock.settle();
    registry.dispatch(notice(ID, 10_167, 'Requested market data is not subscribed. Displaying delayed market data.'));
    registry.dispatch(notice(ID, 987_654, 'Something new.'));
    expect(registry.size).toBe(1);
    registry.dispatch(notice(ID, 200, 'No security definition has been found for the request'));
    const error = await asked;
    expect(error).toMatchObject({ brokerCode: 200 });
    expect(error.message).toContain('symbol search');
  });

  it('lets the request decide about notices', async () => {
    const { registry, session, clock } = setUp();
    const verdicts = registry.request({ ...matching, onNotice: () => 'ignore' }, session, 'connected');
    const strict = failure(registry.request({ ...matching, onNotice: () => 'fail' }, session, 'connected'));
    await clock.settle();
    registry.dispatch(notice(ID, 200, 'No security definition has been found for the request'));
    registry.dispatch(notice(ID + 1, 10_167, 'Displaying delayed market data.'));
    expect(await strict).toMatchObject({ brokerCode: 10_167 });
    registry.dispatch(samples(ID));
    expect(await verdicts).toBe(ID);
  });

  it('times out, says whether it was sent, and cancels what was', async () => {
    const { registry, session, clock } = setUp();
    const cancellable: RequestSpec<number> = { ...matching, timeoutMs: 500, cancel: (reqId) => ({ type: 'cancelMktData', reqId }) };
    const asked = failure(registry.request(cancellable, session, 'connected'));
    await clock.advance(500);
    expect(await asked).toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT', details: { sent: true } });
    expect(session.sent).toMatchObject([{ type: 'reqMatchingSymbols' }, { type: 'cancelMktData', reqId: ID }]);
    session.holding = true;
    const queued = failure(registry.request(cancellable, session, 'connected'));
    await clock.advance(500);
    expect(await queued).toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT', details: { sent: false } });
    session.release();
    expect(session.sent).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('stops with its signal', async () => {
    const { registry, session, clock } = setUp();
    const abort = new AbortController();
    const asked = registry.request({ ...matching, signal: abort.signal }, session, 'connected');
    abort.abort(new Error('not needed any more'));
    await expect(asked).rejects.toThrow('not needed any more');
    await expect(registry.request({ ...matching, signal: abort.signal }, session, 'connected')).rejects.toThrow('not needed any more');
    expect([registry.size, clock.pending]).toEqual([0, 0]);
  });

  it('settles everything when the session ends, and says what may have been sent', async () => {
    const { registry, session, clock } = setUp();
    const sent = failure(registry.request(matching, session, 'connected'));
    await clock.settle();
    session.holding = true;
    const waiting = failure(registry.request(matching, session, 'connected'));
    registry.sessionEnded(session.break());
    expect(await sent).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'maybe', reason: 'reset' } });
    expect(await waiting).toMatchObject({ code: 'IBKR_SESSION_CLOSED', details: { bytesSent: 'none' } });
    expect([registry.size, clock.pending]).toEqual([0, 0]);
  });

  it('rejects with what a callback of the request throws', async () => {
    const { registry, session, clock } = setUp();
    const broken = registry.request(
      {
        ...matching,
        receive: () => {
          throw new Error('cannot read this');
        },
      },
      session,
      'connected',
    );
    const unbuildable = registry.request(
      {
        ...matching,
        build: () => {
          throw new Error('cannot build this');
        },
      },
      session,
      'connected',
    );
    const outcomes = Promise.allSettled([broken, unbuildable]);
    await clock.settle();
    registry.dispatch(samples(ID));
    expect((await outcomes).map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'fulfilled'))).toEqual([
      'Error: cannot read this',
      'Error: cannot build this',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('settles every request exactly once, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), timeoutMs: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ do: fc.constant('answer' as const), n: fc.nat(15) }),
      fc.record({ do: fc.constant('refuse' as const), n: fc.nat(15) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ do: fc.constant('abort' as const), n: fc.nat(15) }),
      fc.record({ do: fc.constant('break' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { registry, clock } = setUp();
        let session = new MemorySession();
        const aborts: AbortController[] = [];
        let settled = 0;
        let asked = 0;
        const count = (): void => {
          settled += 1;
        };
        for (const action of steps) {
          if (action.do === 'ask') {
            const abort = new AbortController();
            aborts.push(abort);
            asked += 1;
            registry.request({ ...matching, timeoutMs: action.timeoutMs, signal: abort.signal }, session, 'connected').then(count, count);
          } else if (action.do === 'answer') registry.dispatch(samples(ID + action.n));
          else if (action.do === 'refuse') registry.dispatch(notice(ID + action.n, 200, 'No security definition'));
          else if (action.do === 'wait') await clock.advance(action.ms);
          else if (action.do === 'abort') aborts[action.n]?.abort();
          else {
            registry.sessionEnded(session.break());
            session = new MemorySession();
          }
        }
        registry.sessionEnded(session.break());
        await clock.settle();
        expect([settled, registry.size, clock.pending]).toEqual([asked, 0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
