export { HeartbeatMonitor } from './heartbeat-monitor.js';
export { DEFAULT_HEARTBEAT_OPTIONS } from './heartbeat-options.js';
export type { HeartbeatOptions, HeartbeatStall, HeartbeatStallReport, HeartbeatTimeout } from './heartbeat-options.js';
