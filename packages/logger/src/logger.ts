/** From everything to nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Facts that belong to a line. Errors may be values; name them `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes one line: `log.info({ clientId: 1 }, 'connected')`, or `log.info('connected')` without facts.
 * Never throws, whatever the values are.
 */
export type LogMethod = (fields: LogFields | string, message?: string) => void;

/** A logger. Its shape is small on purpose: anything with these methods will do where a logger is taken. */
export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  /** A logger that adds these facts to every line. */
  child(fields: LogFields): Logger;
  /** Whether lines of this level are written at all: ask before computing costly facts. */
  isEnabled(level: LogLevel): boolean;
}

/** A logger for one part of the program: its name is on every line. */
export function getLogger(root: Pick<Logger, 'child'>, name: string): Logger {
  return root.child({ name });
}

/** A logger with a name and a context, such as `{ accountId }`, on every line. Account ids are masked unless the root shows them. */
export function getContextualLogger(root: Pick<Logger, 'child'>, name: string, context: LogFields): Logger {
  return root.child({ name, ...context });
}

const nothing: LogMethod = () => undefined;

const SILENT: Logger = Object.freeze({
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => SILENT,
  isEnabled: () => false,
});

/** A logger that writes nothing: what libraries use when they are given none. */
export function silentLogger(): Logger {
  return SILENT;
}
