import { createLogger } from '@ibkit/logger';
import type { RootLogger } from '@ibkit/logger';
import type { DaemonSettings } from './options.js';

/** What the daemon's parts log through. */
export interface DaemonLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Opens the daemon's log on stderr: stdout belongs to what programs read. */
export function openLog(level: DaemonSettings['logLevel'], err: (text: string) => void): RootLogger {
  return createLogger({ level, destination: { write: err } });
}
