export { accountKind } from './account-kind.js';
export type { AccountKind } from './account-kind.js';
export { createTextCodec } from './codec.js';
export type { DecodeFailure, Decoded, TextCodec, TextCodecOptions } from './codec.js';
export type {
  WireBondDetails,
  WireComboLeg,
  WireContract,
  WireContractDetails,
  WireDeltaNeutralContract,
  WireIneligibilityReason,
} from './contract-model.js';
export type { WireSymbolSample } from './contract-messages.js';
export { FrameSplitter, FramingError, MAX_FRAME_LENGTH, encodeFields, encodeFrame, splitFields } from './framing.js';
export type { FrameSplitterOptions } from './framing.js';
export { ClientHelloReader, decodeServerHello, encodeClientHello, encodeServerHello } from './handshake.js';
export type { ClientHello, ClientHelloResult, ServerHello } from './handshake.js';
export { forEachBar } from './hot/bar-table.js';
export type { HotMessage } from './hot/hot-reader.js';
export type { WireBar } from './historical-messages.js';
export type { WireDepthExchange } from './market-data-messages.js';
export type { TickByTickKind } from './market-data-requests.js';
export { CLIENT_MESSAGE_TYPES, SERVER_MESSAGE_TYPES } from './messages.js';
export type { ClientMessage, ClientMessageOf, ServerMessage, ServerMessageOf } from './messages.js';
export type {
  WireExecution,
  WireExecutionCondition,
  WireMarginCondition,
  WireOrder,
  WireOrderComboLeg,
  WireOrderCondition,
  WireOrderState,
  WirePercentChangeCondition,
  WirePriceCondition,
  WireSoftDollarTier,
  WireTimeCondition,
  WireVolumeCondition,
} from './order-model.js';
export type { WireExecutionFilter } from './order-requests.js';
export type { WireScannerRow, WireScannerSubscription } from './reference-messages.js';
export type { OptionRight, TagValue } from './scalar.js';
export { MAX_SERVER_VERSION, MIN_SERVER_VERSION } from './server-version.js';
export { DAILY_RESTART, WEEKLY_LOGIN } from './platform-hours.js';
