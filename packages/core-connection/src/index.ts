export { STOQEY_VERSION } from './adapters/api-face.js';
export type { ApiOrderCall, ApiOrderDecision, ApiOrderDesk, ApiOrderGate, ApiOrderNames } from './adapters/order-calls.js';
export { WEEKLY_LOGIN, accountKind } from '@ibkit/wire';
export type { AccountKind } from '@ibkit/wire';
export { AuthManager } from './auth/auth-manager.js';
export type { AuthConnection, AuthEvents, AuthManagerOptions, AuthProof, SessionAccount } from './auth/auth-manager.js';
export { AUTH_REASONS } from './auth/auth-state.js';
export type { Arming, AuthOrder, AuthReason } from './auth/auth-state.js';
export type { Alarm, AlarmNews, AlarmSeverity, AlarmSink } from './alarms/alarm.js';
export { Alarms } from './alarms/alarms.js';
export type { AlarmEvents, AlarmUndeliverable, AlarmsOptions, SinkStatus } from './alarms/alarms.js';
export { commandSink } from './alarms/command-sink.js';
export type { CommandSinkOptions } from './alarms/command-sink.js';
export { watchConnection } from './alarms/connection-alarms.js';
export type { AlarmDesk, WatchConnectionOptions } from './alarms/connection-alarms.js';
export { eventSink } from './alarms/event-sink.js';
export { logSink } from './alarms/log-sink.js';
export { webhookSink } from './alarms/webhook-sink.js';
export type { WebhookSinkOptions } from './alarms/webhook-sink.js';
export { CircuitBreaker, DEFAULT_CIRCUIT_BREAKER } from './circuit/circuit-breaker.js';
export type { CircuitBreakerOptions, CircuitBreakerState, CircuitTrial } from './circuit/circuit-breaker.js';
export type {
  ConnectionAlarm,
  ConnectionCircuitChanged,
  ConnectionDegraded,
  ConnectionEstablished,
  ConnectionEvents,
  ConnectionGaveUp,
  ConnectionHealthChanged,
  ConnectionLoopStalled,
  ConnectionLost,
  ConnectionPortChanged,
  ConnectionRecovered,
  ConnectionRestartApproaching,
  ConnectionRestartWindow,
  ConnectionRetryScheduled,
  ConnectionStateChanged,
  ErrorOccurred,
  FrameUndecodable,
  NoticeReceived,
} from './connection-events.js';
export type { ConnectionState } from './lifecycle/connection-machine.js';
export { connectOptions, connectionOptions } from './lifecycle/configured-connection.js';
export type { ConnectionConfig } from './lifecycle/configured-connection.js';
export { ConnectionManager } from './connection-manager.js';
export type { ConnectOptions, ReconnectOptions } from './lifecycle/connect-options.js';
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
export { diagnose } from './diagnose/diagnose.js';
export { diagnoseConnection } from './diagnose/diagnose-connection.js';
export type { DiagnoseConnectionOptions, DiagnoseOptions, DiagnosisLimits, DiagnosisSettings, DiagnosisTimeouts } from './diagnose/diagnose-options.js';
export { PROBE_NAMES } from './diagnose/diagnosis.js';
export type { Diagnosis, Probe, ProbeName, ProbeOutcome } from './diagnose/diagnosis.js';
export { diagnosisCodes } from './diagnose/diagnosis-codes.js';
export type { DiagnosableConnection } from './diagnose/session-questions.js';
export type { TimedConnection } from './diagnose/time-questions.js';
export type { HealthReport, Layer, LayerName } from './inbound/health.js';
export { ConnectionMonitor } from './monitor/connection-monitor.js';
export type { ConnectionMetrics, ConnectionMonitorOptions, MonitoredConnection } from './monitor/connection-monitor.js';
export type { LatencySnapshot } from './monitor/latency-histogram.js';
export type { LoopLag } from './monitor/load-sampler.js';
export { renderPrometheus } from './monitor/prometheus-text.js';
export { DEFAULT_CONNECTION_OPTIONS, defaultPort } from './options.js';
export type { ConnectionCircuit, ConnectionLogger, ConnectionOptions, ConnectionTimeouts, RateOptions } from './options.js';
export type { HeartbeatOptions, ResolvedHeartbeat } from './heartbeat-options.js';
export { ClientIdLeases, DATA_CLIENT_IDS } from './pool/client-id-leases.js';
export type { ClientIdLease, ClientIdLeasesOptions, ClientIdRange } from './pool/client-id-leases.js';
export { ConnectionPool } from './pool/connection-pool.js';
export type { PoolAcquireOptions, PoolConnectionStatus, PoolStatus, PooledConnection } from './pool/connection-pool.js';
export { DEFAULT_POOL } from './pool/pool-options.js';
export type { ConnectionPoolOptions, PoolRole } from './pool/pool-options.js';
export { ProcessLock, SilenceWatch } from '@ibkit/process-lock';
export type { LockAttempt, LockHolder, ProcessLockOptions } from '@ibkit/process-lock';
export { DEFAULT_RECONNECT_DELAYS } from './lifecycle/reconnect-delays.js';
export type { ReconnectDelays } from './lifecycle/reconnect-delays.js';
export { FIRST_INTERNAL_REQUEST_ID } from './requests/request-ids.js';
export { IBKR_WINDOWS } from './restart/ibkr-windows.js';
export { RestartCalendar } from './restart/restart-calendar.js';
export type { RestartOccurrence } from './restart/restart-calendar.js';
export { restartOutlook } from './restart/restart-watch.js';
export type { RestartOutlook } from './restart/restart-watch.js';
export { DEFAULT_SESSION_RESTART, sessionRestart } from './restart/restart-window.js';
export type { RestartKind, RestartWindow, SessionRestart, Weekday } from './restart/restart-window.js';
export type { EndKind, SessionEnd } from './session/session-end.js';
export type { PemData, TlsOptions } from './tls/tls-options.js';
export { SessionManager } from './store/session-manager.js';
export type { Restored, SessionManagerOptions, SessionRecovery } from './store/session-manager.js';
export type { JsonValue, StoredSubscription, Watermark } from './store/session-state.js';
export type { GatewayPort } from './watchdog/gateway-keeper.js';
export { DEFAULT_WATCHDOG_LIMITS } from './watchdog/health-judge.js';
export type { WatchdogLimits, WatchdogProblem, WatchdogProblemKind } from './watchdog/health-judge.js';
export type { StreamActivity } from './watchdog/stream-silence.js';
export { Watchdog } from './watchdog/watchdog.js';
export type { WatchdogStatus } from './watchdog/watchdog.js';
export type {
  WatchdogEvents,
  WatchdogGatewayAction,
  WatchdogGaveUp,
  WatchdogHardTimeout,
  WatchdogHealthy,
  WatchdogSoftTimeout,
  WatchdogUnhealthy,
} from './watchdog/watchdog-events.js';
export { DEFAULT_WATCHDOG } from './watchdog/watchdog-options.js';
export type { WatchdogOptions } from './watchdog/watchdog-options.js';
