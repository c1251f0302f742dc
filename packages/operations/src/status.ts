export { connectionStatus } from './health/connection-status.js';
export type { ConnectionStatusOptions } from './health/connection-status.js';
