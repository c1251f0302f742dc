export { asError } from './as-error.js';
export { brokerError } from './broker-error.js';
export type { BrokerNotice } from './broker-error.js';
export { ERROR_STRATEGIES, describeError, getErrorTips, knownErrorCodes } from './describe-error.js';
export type { ErrorCategory, ErrorDescription, ErrorEffect, ErrorScope, ErrorStrategy } from './description.js';
export {
  AccountError,
  ConfigurationError,
  ConnectionError,
  ContractError,
  GateRefusedError,
  HistoricalDataError,
  MarketDataError,
  OrderError,
  RateLimitError,
  RequestError,
  SystemError,
  TimeoutError,
  UsageError,
} from './error-classes.js';
export type { ConfigurationErrorOptions, ConfigurationProblem, GateRefusedErrorOptions, UsageErrorOptions } from './error-classes.js';
export { ErrorHandler } from './error-handler.js';
export type { ErrorCallback, ErrorHandlerOptions, ErrorOverride, HandledError } from './error-handler.js';
export { IbkrError, isIbkrError, keyName } from './ibkr-error.js';
export type { CodedErrorOptions, IbkrErrorCode, IbkrErrorJson, IbkrErrorOptions } from './ibkr-error.js';
