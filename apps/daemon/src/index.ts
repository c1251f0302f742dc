export type { DaemonDeps } from './compose/assemble.js';
export { startDaemon } from './daemon.js';
export type { Daemon } from './daemon.js';
export type { DaemonIo } from './process/io.js';
export type { DaemonLogger } from './log.js';
export { parseInvocation } from './settings/load-settings.js';
export type { AlarmSettings, DaemonSettings, FlowSettings, GatewayProcessSettings, Invocation, ListenAddress, SimulatorSettings } from './settings/settings.js';
export { main } from './program.js';
