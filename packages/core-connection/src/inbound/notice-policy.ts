import type { Clock } from '@ibkit/clock';
import { describeError } from '@ibkit/error-codes';
import type { ErrorDescription } from '@ibkit/error-codes';
import type { RateLimiter } from '@ibkit/rate-limiter';
import type { ConnectionDegraded, ConnectionRecovered } from '../connection-events.js';
import type { BrokerNoticeMessage } from '../connection-port.js';
import { farmNotice } from './health.js';
import type { HealthTracker } from './health.js';

/** TWS API: the gateway lost the broker (1100, 2110), has it again without (1101) or with (1102) the streams, or we sent too fast (100). */
const UPSTREAM_LOST: readonly number[] = [1100, 2110];
const UPSTREAM_BACK_DATA_LOST = 1101;
const UPSTREAM_BACK_DATA_KEPT = 1102;
const TOO_FAST = 100;

/** What a notice made happen. */
export interface NoticeEffects {
  readonly description: ErrorDescription;
  readonly degraded?: ConnectionDegraded | undefined;
  readonly recovered?: ConnectionRecovered | undefined;
  /** Every stream must be requested again; since when data is missing, epoch milliseconds. */
  readonly resubscribeSinceMs?: number | undefined;
}

export interface NoticePolicyOptions {
  readonly clock: Clock;
  readonly health: HealthTracker;
  readonly limiter: RateLimiter;
}

/** What connection-wide notices do to the health layers, the send rate and the streams. The socket stays in every case. */
export class NoticePolicy {
  readonly #clock: Clock;
  readonly #health: HealthTracker;
  readonly #limiter: RateLimiter;

  constructor(options: NoticePolicyOptions) {
    this.#clock = options.clock;
    this.#health = options.health;
    this.#limiter = options.limiter;
  }

  /** Applies one notice. */
  apply(notice: BrokerNoticeMessage): NoticeEffects {
    const description = describeError(notice.code, notice.msg);
    if (notice.code === TOO_FAST) this.#limiter.throttle();
    else if (UPSTREAM_LOST.includes(notice.code)) return { description, degraded: this.#upstreamLost(notice) };
    else if (notice.code === UPSTREAM_BACK_DATA_LOST) return { description, ...this.#upstreamBack(notice, false) };
    else if (notice.code === UPSTREAM_BACK_DATA_KEPT) return { description, ...this.#upstreamBack(notice, true) };
    return { description, ...this.#farm(notice) };
  }

  #upstreamLost(notice: BrokerNoticeMessage): ConnectionDegraded | undefined {
    const before = this.#health.layer('upstream').status;
    this.#health.set('upstream', 'down', `${notice.code}: ${notice.msg}`);
    // A wall of 1100 is one outage.
    if (before === 'down') return undefined;
    return { scope: 'upstream', code: notice.code, message: notice.msg, atMs: this.#clock.now() };
  }

  #upstreamBack(notice: BrokerNoticeMessage, dataKept: boolean): Omit<NoticeEffects, 'description'> {
    const nowMs = this.#clock.now();
    const before = this.#health.layer('upstream');
    const sinceMs = before.status === 'down' ? before.sinceMs : nowMs;
    this.#health.set('upstream', 'up', `${notice.code}: ${notice.msg}`);
    // 1101 without a 1100 before it still means that the streams are gone.
    const recovered: ConnectionRecovered | undefined =
      before.status === 'down' || !dataKept ? { scope: 'upstream', downMs: nowMs - sinceMs, dataKept, atMs: nowMs } : undefined;
    return { recovered, resubscribeSinceMs: dataKept ? undefined : sinceMs };
  }

  #farm(notice: BrokerNoticeMessage): Omit<NoticeEffects, 'description'> {
    const news = farmNotice(notice.code, notice.msg);
    if (news === undefined) return {};
    const { farm, status } = news;
    const before = this.#health.farm(farm);
    this.#health.setFarm(farm, status, `${notice.code}: ${notice.msg}`);
    const atMs = this.#clock.now();
    if (status === 'down' && before?.status !== 'down') {
      return { degraded: { scope: 'farm', farm, code: notice.code, message: notice.msg, atMs } };
    }
    if (status === 'up' && before?.status === 'down') return { recovered: { scope: 'farm', farm, downMs: atMs - before.sinceMs, atMs } };
    return {};
  }
}
