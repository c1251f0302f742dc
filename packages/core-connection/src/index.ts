export { STOQEY_VERSION } from './adapters/api-face.js';
export type { ApiOrderCall, ApiOrderGate } from './adapters/order-calls.js';
export { accountKind } from './auth/account-kind.js';
export type { AccountKind } from './auth/account-kind.js';
export { AuthManager } from './auth/auth-manager.js';
export type { AuthConnection, AuthEvents, AuthManagerOptions, AuthProof, SessionAccount } from './auth/auth-manager.js';
export { AUTH_REASONS } from './auth/auth-state.js';
export type { Arming, AuthOrder, AuthReason } from './auth/auth-state.js';
export type {
  ConnectionAlarm,
  ConnectionDegraded,
  ConnectionEstablished,
  ConnectionEvents,
  ConnectionGaveUp,
  ConnectionHealthChanged,
  ConnectionLost,
  ConnectionRecovered,
  ConnectionRetryScheduled,
  ConnectionStateChanged,
  ErrorOccurred,
  FrameUndecodable,
  NoticeReceived,
} from './connection-events.js';
export type { ConnectionState } from './connection-machine.js';
export { ConnectionManager } from './connection-manager.js';
export type { ConnectOptions, ReconnectOptions } from './connection-manager.js';
export type {
  BrokerNoticeMessage,
  ConnectionPort,
  Gap,
  Reply,
  RequestSpec,
  SendOptions,
  SessionPort,
  Subscription,
  SubscriptionSpec,
} from './connection-port.js';
export type { ConnectionStatus } from './connection-status.js';
export type { HealthReport, Layer, LayerName } from './health.js';
export { DEFAULT_CONNECTION_OPTIONS, defaultPort } from './options.js';
export type { ConnectionLogger, ConnectionOptions, ConnectionTimeouts, HeartbeatOptions, RateOptions } from './options.js';
export { ClientIdLeases, DATA_CLIENT_IDS } from './pool/client-id-leases.js';
export type { ClientIdLease, ClientIdLeasesOptions, ClientIdRange } from './pool/client-id-leases.js';
export { ConnectionPool } from './pool/connection-pool.js';
export type { PoolAcquireOptions, PoolConnectionStatus, PoolStatus, PooledConnection } from './pool/connection-pool.js';
export { DEFAULT_POOL } from './pool/pool-options.js';
export type { ConnectionPoolOptions, PoolRole } from './pool/pool-options.js';
export { ProcessLock, SilenceWatch } from './pool/process-lock.js';
export type { LockAttempt, LockHolder, ProcessLockOptions } from './pool/process-lock.js';
export { DEFAULT_RECONNECT_DELAYS } from './reconnect-delays.js';
export type { ReconnectDelays } from './reconnect-delays.js';
export { FIRST_INTERNAL_REQUEST_ID } from './request-ids.js';
export type { EndKind, SessionEnd } from './session/session-end.js';
export type { PemData, TlsOptions } from './tls/tls-options.js';
export { SessionManager } from './store/session-manager.js';
export type { Restored, SessionManagerOptions, SessionRecovery } from './store/session-manager.js';
export type { JsonValue, StoredSubscription, Watermark } from './store/session-state.js';
