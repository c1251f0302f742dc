export type { BrokerOperations } from '@ibkit/api-contract';
export type { FlowFields, FlowPort, FlowRow, FlowRows, FlowSpanOptions } from './flow/flow-port.js';
export type { GatewayPlannedEvent, GatewayPort, GatewayPortStatus } from './gateway/gateway-port.js';
export { createOperations } from './local-operations.js';
export type { LocalOperations } from './local-operations.js';
export type { OperationsConnection, OperationsMarketData, OperationsOptions, OperationsTrading } from './options.js';
export type { RecordedBar, RecordedDepth, RecordedGap, RecordedQuote, RecordedTrade, RecorderPort, RecordingsPort } from './recordings/recordings-port.js';
