import { systemClock } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { createLogger, loggerOptions } from '@ibkit/logger';
import type { RootLogger } from '@ibkit/logger';
import type { DaemonSettings } from './settings/settings.js';

/** What the daemon's parts log through. */
export interface DaemonLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The part of the settings that is about logs. */
export type LogSettings = Pick<DaemonSettings, 'logLevel' | 'logFormat' | 'logFile' | 'logFileMaxBytes' | 'logFileCount' | 'logFileRotateAfterMs' | 'logFileKeepForMs' | 'logOrders'>;

/**
 * Opens the daemon's log on stderr, since stdout belongs to what programs read, and in the file if one is asked for. Accounts are always masked.
 * @throws the file system's error when the file cannot be opened.
 */
export function openLog(settings: LogSettings, err: (text: string) => void, clock: Clock = systemClock()): RootLogger {
  const { logLevel, logFormat, logFile, logFileMaxBytes, logFileCount, logFileRotateAfterMs, logFileKeepForMs, logOrders } = settings;
  const options = loggerOptions({ logLevel, logFormat, logFile, logFileMaxBytes, logFileCount, logFileRotateAfterMs, logFileKeepForMs, logOrders, logAccounts: false });
  return createLogger({ ...options, destination: { write: err }, clock });
}
