export type { BrokerOperations } from '@ibkit/api-contract';
