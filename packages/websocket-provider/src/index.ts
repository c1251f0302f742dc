export type { DaemonOperations } from '@ibkit/api-contract';
