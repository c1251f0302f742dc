import { systemClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import { pino } from 'pino';
import type { Logger as Pino } from 'pino';
import { getContextualLogger, getLogger } from './logger.js';
import type { LogFields, LogLevel, LogMethod, Logger } from './logger.js';
import { prettyLine } from './pretty-line.js';
import { createRedaction } from './redaction.js';
import type { Redaction, RedactionOptions } from './redaction.js';
import { RotatingFile } from './rotating-file.js';
import type { RotatingFileOptions } from './rotating-file.js';

/** `auto` is pretty on a terminal and JSON lines elsewhere. */
export type LogFormat = 'auto' | 'json' | 'pretty';

/** Takes finished lines, each with its line end. */
export interface LogDestination {
  write(line: string): unknown;
  /** Whether it is a terminal, for `auto` and colours. */
  readonly isTTY?: boolean | undefined;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions extends RedactionOptions {
  /** Lines below it are not written. @defaultValue 'info' */
  readonly level?: LogLevel | undefined;
  /** How lines look at the destination; the file always gets JSON. @defaultValue 'auto' */
  readonly format?: LogFormat | undefined;
  /** Where lines go: a stream of the process, anything with `write`, or `none`. @defaultValue 'stderr', since data goes to stdout */
  readonly destination?: LogDestination | 'stderr' | 'stdout' | 'none' | undefined;
  /** Whether pretty lines have colours. @defaultValue whether the destination is a terminal */
  readonly color?: boolean | undefined;
  /** A file besides the destination, rotated by size and age. */
  readonly file?: RotatingFileOptions | undefined;
  /** Facts on every line. */
  readonly context?: LogFields | undefined;
  /** Where timestamps come from. @defaultValue the system clock */
  readonly clock?: { now(): number } | undefined;
  /** Hears of lines that could not be written. Logging itself never throws. @defaultValue `failures` counts them */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The logger that owns the destination and the file. */
export interface RootLogger extends Logger, AsyncDisposable {
  /** A logger for one part of the program: its name is on every line. */
  getLogger(name: string): Logger;
  /** A logger with a name and a context, such as `{ accountId }`, on every line. */
  getContextualLogger(name: string, context: LogFields): Logger;
  /** How many lines could not be written, or came after the close. */
  readonly failures: number;
  /** Resolves when everything logged so far is on the disk. */
  flush(): Promise<void>;
  /** Flushes and closes the file; lines that come later are counted as failures. Closing twice does nothing. */
  close(): Promise<void>;
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const FORMATS: readonly LogFormat[] = ['auto', 'json', 'pretty'];

function oneOf<T extends string>(field: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new UsageError({ field, value, rule: `must be one of ${choices.join(', ')}` });
}

/** Brings finished JSON lines to the destination and the file. */
class Outlets {
  readonly #destination: LogDestination | undefined;
  readonly #pretty: { readonly color: boolean } | undefined;
  readonly #file: RotatingFile | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: LoggerOptions, now: () => number) {
    this.#onError = options.onError;
    this.#destination = destinationOf(options.destination ?? 'stderr');
    const isTerminal = this.#destination?.isTTY === true;
    const format = oneOf('format', options.format ?? 'auto', FORMATS);
    this.#pretty = format === 'pretty' || (format === 'auto' && isTerminal) ? { color: options.color ?? isTerminal } : undefined;
    if (options.file !== undefined) {
      const onError = (error: unknown): void => {
        this.fail(error);
      };
      this.#file = new RotatingFile(options.file, { onError, now });
    }
  }

  get failures(): number {
    return this.#failures;
  }

  fail(error: unknown): void {
    this.#failures += 1;
    try {
      this.#onError?.(error);
    } catch {
      // Logging never throws, whoever listens.
    }
  }

  write(line: string): void {
    if (this.#closed) {
      this.#failures += 1;
      return;
    }
    this.#file?.write(line);
    try {
      this.#destination?.write(this.#pretty === undefined ? line : prettyLine(line, this.#pretty));
    } catch (error) {
      this.fail(error);
    }
  }

  flush(): void {
    this.#file?.flush();
  }

  close(): void {
    this.#closed = true;
    this.#file?.close();
  }
}

function destinationOf(destination: NonNullable<LoggerOptions['destination']>): LogDestination | undefined {
  if (destination === 'none') return undefined;
  if (destination === 'stdout') return process.stdout;
  return destination === 'stderr' ? process.stderr : destination;
}

/** Names that pino writes itself. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'msg']);

function withoutReserved(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]));
}

interface RedactingLoggerOptions {
  readonly root: Pino;
  /** Facts on every line, redacted. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly redaction: Redaction;
  readonly fail: (error: unknown) => void;
}

/** Our face in front of pino: everything passes the redaction before pino sees it. */
class RedactingLogger implements Logger {
  readonly #root: Pino;
  readonly #context: Readonly<Record<string, unknown>>;
  readonly #pino: Pino;
  readonly #redaction: Redaction;
  readonly #fail: (error: unknown) => void;
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;

  constructor({ root, context, redaction, fail }: RedactingLoggerOptions) {
    this.#root = root;
    this.#context = context;
    this.#pino = root.child(context);
    this.#redaction = redaction;
    this.#fail = fail;
    // Bound, so that `const { info } = log` works.
    this.trace = this.#method('trace');
    this.debug = this.#method('debug');
    this.info = this.#method('info');
    this.warn = this.#method('warn');
    this.error = this.#method('error');
    this.fatal = this.#method('fatal');
  }

  child(fields: LogFields): Logger {
    return new RedactingLogger({ root: this.#root, context: { ...this.#context, ...this.#safely(fields) }, redaction: this.#redaction, fail: this.#fail });
  }

  isEnabled(level: LogLevel): boolean {
    return level !== 'silent' && this.#pino.isLevelEnabled(level);
  }

  #method(level: Exclude<LogLevel, 'silent'>): LogMethod {
    return (fields, message) => {
      if (!this.#pino.isLevelEnabled(level)) return;
      const [given, text] = typeof fields === 'string' ? [{}, fields] : [fields, message];
      const facts = this.#safely(given);
      // The context is encoded once and in front; a fact with the same name replaces it, instead of standing beside it.
      const replaces = Object.keys(facts).some((key) => Object.hasOwn(this.#context, key));
      const lines = replaces ? this.#root : this.#pino;
      const all = replaces ? { ...this.#context, ...facts } : facts;
      // The text goes in as a value, not as a format: a % in it stays one.
      if (text === undefined) lines[level](all);
      else lines[level](all, '%s', this.#redaction.text(text));
    };
  }

  /** Reading a value can run code of its owner, a getter or a proxy, which may throw. */
  #safely(fields: LogFields): Record<string, unknown> {
    try {
      return withoutReserved(this.#redaction.fields(fields));
    } catch (error) {
      this.#fail(error);
      return { unreadable: true };
    }
  }
}

/**
 * Makes a logger: JSON lines or lines for people, with accounts masked and secrets removed, to a stream and to a rotating file.
 *
 * Nothing is written, opened or read before this call. It belongs into the program's entry point; libraries take a {@link Logger}.
 * @throws UsageError for an unknown level or format, or file limits out of range; the file system's error when the file cannot be opened.
 */
export function createLogger(options: LoggerOptions = {}): RootLogger {
  const level = oneOf('level', options.level ?? 'info', LEVELS);
  const clock = options.clock ?? systemClock();
  const redaction = createRedaction(options);
  const outlets = new Outlets(options, () => clock.now());
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${clock.now()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    outlets,
  );
  const logger = new RedactingLogger({
    root: lines,
    context: withoutReserved(redaction.fields(options.context ?? {})),
    redaction,
    fail: (error) => {
      outlets.fail(error);
    },
  });
  const close = (): Promise<void> =>
    settled(() => {
      outlets.close();
    });
  return {
    trace: logger.trace,
    debug: logger.debug,
    info: logger.info,
    warn: logger.warn,
    error: logger.error,
    fatal: logger.fatal,
    child: (fields) => logger.child(fields),
    isEnabled: (wanted) => logger.isEnabled(wanted),
    getLogger: (name) => getLogger(logger, name),
    getContextualLogger: (name, context) => getContextualLogger(logger, name, context),
    get failures() {
      return outlets.failures;
    },
    flush: () =>
      settled(() => {
        outlets.flush();
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A synchronous step as a promise, so that its failure rejects instead of throwing. */
async function settled(step: () => void): Promise<void> {
  await Promise.resolve();
  step();
}
