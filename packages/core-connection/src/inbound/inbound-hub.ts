import type { Clock } from '@ibkit/clock';
import { SystemError, brokerError } from '@ibkit/error-codes';
import type { ErrorEffect } from '@ibkit/error-codes';
import type { EventBus } from '@ibkit/event-bus';
import type { ServerMessage, ServerMessageOf } from '@ibkit/wire';
import type { ConnectionEvents } from '../connection-events.js';
import type { BrokerNoticeMessage, SessionPort } from '../connection-port.js';
import type { HealthTracker } from './health.js';
import type { NoticePolicy } from './notice-policy.js';
import type { ConnectionLogger } from '../options.js';
import { OutageAlarm } from '../lifecycle/outage-alarm.js';
import { answeredId } from '../requests/request-ids.js';
import type { RequestRegistry } from '../requests/request-registry.js';
import type { RestartCalendar } from '../restart/restart-calendar.js';
import { ServerClock } from './server-clock.js';
import { accountsOf } from '../session/trading-mode.js';
import type { SubscriptionRegistry } from '../requests/subscription-registry.js';

export interface InboundHubOptions {
  readonly clock: Clock;
  readonly events: EventBus<ConnectionEvents>;
  readonly health: HealthTracker;
  readonly notices: NoticePolicy;
  readonly requests: RequestRegistry;
  readonly subscriptions: SubscriptionRegistry;
  readonly alarmAfterMs: number;
  /** The windows in which an outage is no surprise. */
  readonly restarts: RestartCalendar;
  readonly logger: ConnectionLogger;
  /** What a message listener threw. */
  readonly onListenerError: (error: unknown) => void;
}

/** What is no failure, or is told by `connection.degraded`: once per outage, however often the gateway repeats it. */
const NO_ERRORS: ReadonlySet<ErrorEffect> = new Set(['info', 'warning', 'restored', 'degraded']);

/** Takes every message of every session: learns from it, hands it to whoever asked for it, then to the listeners. */
export class InboundHub {
  readonly serverClock: ServerClock;
  readonly #options: InboundHubOptions;
  readonly #requests: RequestRegistry;
  readonly #subscriptions: SubscriptionRegistry;
  readonly #upstreamOutage: OutageAlarm;
  #listeners: readonly ((message: ServerMessage, session: SessionPort) => void)[] = [];
  #accounts: readonly string[] = [];
  /** The session that proved them. */
  #accountsEpoch: number | undefined;
  #nextOrderIdFloor = 0;

  constructor(options: InboundHubOptions) {
    const { clock, alarmAfterMs, health, events, logger } = options;
    this.#options = options;
    this.#requests = options.requests;
    this.#subscriptions = options.subscriptions;
    this.serverClock = new ServerClock(clock);
    this.#upstreamOutage = new OutageAlarm({
      clock,
      afterMs: alarmAfterMs,
      holdMs: () => this.restartHoldMs(),
      ring: (downMs) => {
        const message = `The gateway has had no link to the broker for ${Math.round(downMs)} ms: ${health.layer('upstream').cause}`;
        logger.error({ kind: 'upstreamDown', downMs }, message);
        events.emit('connection.alarm', { kind: 'upstreamDown', downMs, message, atMs: clock.now() });
      },
    });
  }

  /** The gateway's own list of accounts. */
  get accounts(): readonly string[] {
    return this.#accounts;
  }

  /** The highest nextValidId so far. */
  get nextOrderIdFloor(): number {
    return this.#nextOrderIdFloor;
  }

  /** How long the restart window of now still lasts, in milliseconds by the gateway's clock; 0 outside of all windows. */
  restartHoldMs(): number {
    const nowMs = this.serverClock.now();
    return (this.#options.restarts.at(nowMs)?.untilMs ?? nowMs) - nowMs;
  }

  listen(listener: (message: ServerMessage, session: SessionPort) => void): () => void {
    const own = (message: ServerMessage, session: SessionPort): void => {
      listener(message, session);
    };
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== own);
    };
  }

  /** The session is gone: what was known of the gateway's own link is history. */
  sessionEnded(): void {
    this.#upstreamOutage.stop();
  }

  /** One message, in the order of the wire. */
  take(message: ServerMessage, session: SessionPort): void {
    switch (message.type) {
      case 'errMsg':
        this.#onNotice(message, session);
        break;
      case 'managedAccounts':
      case 'nextValidId':
      case 'currentTime':
        this.#learn(message, session);
        this.#dispatch(message, undefined);
        break;
      default:
        this.#dispatch(message, answeredId(message));
    }
    for (const listener of this.#listeners) {
      try {
        listener(message, session);
      } catch (error) {
        this.#options.onListenerError(error);
      }
    }
  }

  #learn(message: ServerMessageOf<'managedAccounts' | 'nextValidId' | 'currentTime'>, session: SessionPort): void {
    if (message.type === 'managedAccounts') this.#learnAccounts(accountsOf(message.accountsList), session.epoch);
    else if (message.type === 'nextValidId') this.#nextOrderIdFloor = Math.max(this.#nextOrderIdFloor, message.orderId);
    else this.serverClock.learn(message.time);
  }

  /** An empty list in mid-session takes back nothing that the same session has proven; a new session has proven nothing yet. */
  #learnAccounts(accounts: readonly string[], epoch: number): void {
    if (accounts.length > 0) this.#accountsEpoch = epoch;
    if (this.#accountsEpoch === epoch && accounts.length === 0) {
      const { clock, events, logger } = this.#options;
      const error = new SystemError({
        code: 'IBKR_SESSION_ACCOUNTS_EMPTY',
        message: `The gateway told an empty list of accounts in the middle of a session. The ${this.#accounts.length} that it told before are kept.`,
        tips: ['Look at the gateway: has its login ended, or has somebody logged in elsewhere?'],
      });
      logger.warn({ code: error.code, epoch }, error.message);
      events.emit('error.occurred', { error, atMs: clock.now() });
      return;
    }
    this.#accounts = accounts;
  }

  #dispatch(message: ServerMessage, id: number | undefined): 'claimed' | 'unclaimed' {
    const byRequest = this.#requests.dispatch(message, id);
    const bySubscription = this.#subscriptions.dispatch(message, id);
    return byRequest === 'claimed' || bySubscription === 'claimed' ? 'claimed' : 'unclaimed';
  }

  #onNotice(notice: BrokerNoticeMessage, session: SessionPort): void {
    const { clock, events, health, notices, subscriptions } = this.#options;
    const { description, degraded, recovered, resubscribeSinceMs } = notices.apply(notice);
    const atMs = clock.now();
    const { id, code, msg, advancedRejectJson } = notice;
    events.emit('notice.received', { epoch: session.epoch, id, code, message: msg, advancedRejectJson, description, atMs });
    health.flush();
    if (degraded !== undefined) events.emit('connection.degraded', degraded);
    if (degraded?.scope === 'upstream') this.#upstreamOutage.start();
    if (recovered?.scope === 'upstream') this.#upstreamOutage.stop();
    if (recovered !== undefined) events.emit('connection.recovered', recovered);
    if (resubscribeSinceMs !== undefined) subscriptions.resubscribe({ fromMs: resubscribeSinceMs, reason: `${code}: ${msg}` });
    const outcome = this.#dispatch(notice, notice.id);
    if (outcome === 'unclaimed' && !NO_ERRORS.has(description.effect)) events.emit('error.occurred', { error: brokerError({ code, message: msg, id }), atMs });
  }
}
