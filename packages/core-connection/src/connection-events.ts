import type { ErrorDescription, IbkrError } from '@ibkit/error-codes';
import type { ConnectionState } from './lifecycle/connection-machine.js';
import type { Layer } from './inbound/health.js';
import type { CircuitBreakerState } from './circuit/circuit-breaker.js';
import type { RestartKind } from './restart/restart-window.js';
import type { EndKind } from './session/session-end.js';

/** What every event carries: when it was emitted, epoch milliseconds. */
interface At {
  readonly atMs: number;
}

/** The first session after `connect` is ready. */
export interface ConnectionEstablished extends At {
  readonly epoch: number;
  readonly serverVersion: number;
  readonly accounts: readonly string[];
}

/** A ready session ended, and not because of `disconnect()`. */
export interface ConnectionLost extends At {
  readonly epoch: number;
  readonly reason: EndKind;
  readonly error: IbkrError;
  readonly willReconnect: boolean;
}

/**
 * Something that was lost is back.
 *
 * - `session`: a new session is ready after a loss.
 * - `upstream`: the gateway has its link to the broker again; with `dataKept` false (1101) every stream is being requested again.
 * - `farm`: one data farm is back.
 */
export type ConnectionRecovered =
  | (At & { readonly scope: 'session'; readonly epoch: number; readonly downMs: number; readonly attempts: number; readonly serverVersion: number })
  | (At & { readonly scope: 'upstream'; readonly downMs: number; readonly dataKept: boolean })
  | (At & { readonly scope: 'farm'; readonly farm: string; readonly downMs: number });

/** The session lives but something behind it does not: the gateway's link to the broker, or one data farm. */
export type ConnectionDegraded =
  | (At & { readonly scope: 'upstream'; readonly code: number; readonly message: string })
  | (At & { readonly scope: 'farm'; readonly farm: string; readonly code: number; readonly message: string });

/** An attempt failed or a session was lost, and the next attempt starts after `delayMs`. */
export interface ConnectionRetryScheduled extends At {
  readonly epoch: number;
  readonly error: IbkrError;
  readonly delayMs: number;
}

/** Nobody tries to connect any more. */
export interface ConnectionGaveUp extends At {
  readonly reason: EndKind | 'deadline';
  readonly attempts: number;
  readonly error: IbkrError;
}

/** The public state changed. */
export interface ConnectionStateChanged extends At {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  readonly reason: string;
}

/** A layer of the health report changed. */
export interface ConnectionHealthChanged extends At {
  /** `tcp`, `handshake`, `api`, `upstream`, or `farm:<name>`. */
  readonly layer: string;
  readonly from: Layer;
  readonly to: Layer;
}

/** An outage outlived `alarmAfterMs`, and the restart window that may have explained it: once per outage. */
export interface ConnectionAlarm extends At {
  /** `clientIdInUse`: somebody else holds the client id; `stillDown`: no session; `upstreamDown`: a session, but the gateway has no link to the broker. */
  readonly kind: 'clientIdInUse' | 'stillDown' | 'upstreamDown';
  readonly downMs: number;
  readonly message: string;
}

/** A restart window as its events tell it; instants in epoch milliseconds of the gateway's clock. */
interface RestartNewsOf extends At {
  /** The window's own name. */
  readonly name: string;
  readonly kind: RestartKind;
  readonly fromMs: number;
  /** Its deadline. */
  readonly untilMs: number;
}

/** A known restart window begins soon: once per window. The moment to stop placing orders. */
export interface ConnectionRestartApproaching extends RestartNewsOf {
  /** How long until it begins, in milliseconds. */
  readonly leadMs: number;
}

/** A known restart window has begun or is over. */
export interface ConnectionRestartWindow extends RestartNewsOf {
  readonly phase: 'entered' | 'left';
}

/** The circuit breaker opened, tries again, or closed. */
export interface ConnectionCircuitChanged extends At {
  readonly state: CircuitBreakerState;
  /** How long no attempt is made, in milliseconds. */
  readonly retryAfterMs: number;
}

/** The gateway said that it moves (1300), and this connection follows it; the accounts are proven again before it is ready. */
export interface ConnectionPortChanged extends At {
  readonly from: number;
  readonly to: number;
}

/** The loop of this program did not run for a while, and runs again: nobody read what the gateway sent, and nothing was judged meanwhile. */
export interface ConnectionLoopStalled extends At {
  /** How long, in milliseconds; stalls below a second, or below half of the time between probe and verdict, are not told. */
  readonly stalledMs: number;
}

/** Something failed that no request, subscription or caller was told about. */
export interface ErrorOccurred extends At {
  readonly error: IbkrError;
}

/** The broker sent a notice (errMsg): every one of them, with what is known about its code. */
export interface NoticeReceived extends At {
  readonly epoch: number;
  /** The request or order id; -1 when it is about the connection. */
  readonly id: number;
  readonly code: number;
  readonly message: string;
  readonly advancedRejectJson: string | undefined;
  readonly description: ErrorDescription;
}

/** A frame that could not be read; the session went on. */
export interface FrameUndecodable extends At {
  readonly epoch: number;
  readonly messageId: number | undefined;
  readonly messageType: string | undefined;
  readonly field: string | undefined;
  readonly reason: string;
  /** A copy of the payload. May hold account ids: not for logs. */
  readonly bytes: Uint8Array;
}

/** The events of a connection. */
export interface ConnectionEvents {
  'connection.established': ConnectionEstablished;
  'connection.lost': ConnectionLost;
  'connection.recovered': ConnectionRecovered;
  'connection.degraded': ConnectionDegraded;
  'connection.gaveUp': ConnectionGaveUp;
  'connection.retryScheduled': ConnectionRetryScheduled;
  'connection.stateChanged': ConnectionStateChanged;
  'connection.healthChanged': ConnectionHealthChanged;
  'connection.alarm': ConnectionAlarm;
  'connection.restartApproaching': ConnectionRestartApproaching;
  'connection.restartWindow': ConnectionRestartWindow;
  'connection.circuitChanged': ConnectionCircuitChanged;
  'connection.portChanged': ConnectionPortChanged;
  'connection.loopStalled': ConnectionLoopStalled;
  'connection.frameUndecodable': FrameUndecodable;
  'error.occurred': ErrorOccurred;
  'notice.received': NoticeReceived;
}
