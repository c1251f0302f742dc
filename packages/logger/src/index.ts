export { createLogger } from './create-logger.js';
export type { LogDestination, LogFormat, LoggerOptions, RootLogger } from './create-logger.js';
export { getContextualLogger, getLogger, silentLogger } from './logger.js';
export type { LogFields, LogLevel, LogMethod, Logger } from './logger.js';
export { loggerOptions } from './logger-options.js';
export type { LoggingConfig } from './logger-options.js';
export { createRedaction, maskAccount } from './redaction.js';
export type { Redaction, RedactionOptions } from './redaction.js';
export type { RotatingFileOptions } from './rotating-file.js';
