import type { Clock } from '@ibkit/clock';
import { StreamHub } from '../stream-hub.js';
import type { StreamLimits } from '../stream-limits.js';
import type { StreamGuard } from '../stream-ports.js';
import { READER } from './fake-client.js';
import { FakeTopics } from './fake-topics.js';

/** Lets in who says that he is `good`. */
export const TEST_GUARD: StreamGuard = {
  screen: ({ headers: { origin } }) => (origin === undefined || origin === 'http://127.0.0.1' ? undefined : { type: 'about:blank', title: 'Foreign origin', status: 403, detail: 'no', code: 'IBKR_HTTP_ORIGIN', retryable: false }),
  authorize: ({ headers: { authorization } }) => TEST_GUARD.introduce({ token: authorization?.replace('Bearer ', '') }, undefined as never),
  introduce: ({ ticket, token }) =>
    ticket === 'good' || token === 'good'
      ? { ok: true, caller: READER }
      : { ok: false, problem: { type: 'about:blank', title: 'Not authorised', status: 401, detail: 'no', code: 'IBKR_HTTP_UNAUTHORISED', retryable: false } },
};

/** A hub over topics that a test moves by hand. */
export function testHub(clock: Clock, limits: Partial<StreamLimits> = {}, guard: StreamGuard = TEST_GUARD): { readonly hub: StreamHub; readonly topics: FakeTopics } {
  const topics = new FakeTopics();
  return { hub: new StreamHub({ topics, guard, accountFacts: { unknownOrders: () => 0 }, clock, version: '1.0.0', limits }), topics };
}
