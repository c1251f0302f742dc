import type { LogFormat, LoggerOptions } from './create-logger.js';
import type { LogLevel } from './logger.js';

/** The part of a configuration that is about logs, as `Config` of `@ibkit/config` has it. */
export interface LoggingConfig {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly logFile?: string | undefined;
  readonly logFileMaxBytes: number;
  readonly logFileCount: number;
  readonly logAccounts: boolean;
  /** @defaultValue no limit */
  readonly logFileRotateAfterMs?: number | undefined;
  /** @defaultValue no limit */
  readonly logFileKeepForMs?: number | undefined;
  /** @defaultValue false */
  readonly logOrders?: boolean | undefined;
}

/** The options that a configuration asks for: `createLogger(loggerOptions(config))`. */
export function loggerOptions(config: LoggingConfig): LoggerOptions {
  return {
    level: config.logLevel,
    format: config.logFormat,
    showAccounts: config.logAccounts,
    showOrders: config.logOrders ?? false,
    ...(config.logFile === undefined
      ? {}
      : {
          file: {
            path: config.logFile,
            maxSizeBytes: config.logFileMaxBytes,
            maxFiles: config.logFileCount,
            rotateAfterMs: config.logFileRotateAfterMs,
            keepForMs: config.logFileKeepForMs,
          },
        }),
  };
}
