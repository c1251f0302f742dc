export type { DaemonDeps } from './assemble.js';
export { startDaemon } from './daemon.js';
export type { Daemon } from './daemon.js';
export type { DaemonIo } from './io.js';
export type { DaemonLogger } from './log.js';
export { parseInvocation } from './options.js';
export type { DaemonSettings, Invocation, ListenAddress } from './options.js';
export { main } from './program.js';
