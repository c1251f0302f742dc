import { IbkrError, nameErrorClass } from './ibkr-error.js';
import type { CodedErrorOptions, IbkrErrorOptions } from './ibkr-error.js';

/** The link to TWS or IB Gateway is refused, lost, not ready, or of the wrong kind. */
export class ConnectionError extends IbkrError {
  static {
    nameErrorClass(this, 'ConnectionError');
  }
}

/** Too much was asked in too short a time, by the broker's count or by ours. Retryable unless said otherwise. */
export class RateLimitError extends IbkrError {
  static {
    nameErrorClass(this, 'RateLimitError');
  }

  constructor(options: IbkrErrorOptions) {
    super({ ...options, retryable: options.retryable ?? true });
  }
}

/** Live or delayed market data is not available as asked. */
export class MarketDataError extends IbkrError {
  static {
    nameErrorClass(this, 'MarketDataError');
  }
}

/** Historical data is not available as asked. */
export class HistoricalDataError extends IbkrError {
  static {
    nameErrorClass(this, 'HistoricalDataError');
  }
}

/** A contract does not exist, is ambiguous, or cannot be traded. */
export class ContractError extends IbkrError {
  static {
    nameErrorClass(this, 'ContractError');
  }
}

/** The broker could not read or validate a request, or its answer could not be used. */
export class RequestError extends IbkrError {
  static {
    nameErrorClass(this, 'RequestError');
  }
}

/** An order was refused, rejected or cannot be changed as asked. */
export class OrderError extends IbkrError {
  static {
    nameErrorClass(this, 'OrderError');
  }
}

/** An account is missing, unproven, not allowed, or cannot do what was asked. */
export class AccountError extends IbkrError {
  static {
    nameErrorClass(this, 'AccountError');
  }
}

/** The broker's systems, or ours, are in no state to answer. */
export class SystemError extends IbkrError {
  static {
    nameErrorClass(this, 'SystemError');
  }
}

/** No answer arrived in time; retryable unless said otherwise. It says nothing about what the other side did. */
export class TimeoutError extends IbkrError {
  static {
    nameErrorClass(this, 'TimeoutError');
  }

  /** @param options `code` is `IBKR_TIMEOUT` when not given. */
  constructor(options: CodedErrorOptions) {
    super({ ...options, code: options.code ?? 'IBKR_TIMEOUT', retryable: options.retryable ?? true });
  }
}

/** A rule that a configured value breaks. */
export interface ConfigurationProblem {
  /** The key, with its section: `connection.port`. */
  readonly path: string;
  /** The value as it was given; absent for secrets and for missing keys. */
  readonly value?: unknown;
  /** What the value must be. */
  readonly rule: string;
  /** Where the value came from: a file, a variable, a flag. */
  readonly source?: string | undefined;
}

/** What a {@link ConfigurationError} is made from; the message is written from the problems when not given. */
export type ConfigurationErrorOptions = Omit<CodedErrorOptions, 'message'> & {
  readonly message?: string | undefined;
  readonly problems: readonly ConfigurationProblem[];
};

/** The configuration breaks rules: all of them at once, each with path, value and rule. */
export class ConfigurationError extends IbkrError {
  static {
    nameErrorClass(this, 'ConfigurationError');
  }

  /** The same list as `details.problems`. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(options: ConfigurationErrorOptions) {
    const problems = Object.freeze([...options.problems]);
    super({
      ...options,
      code: options.code ?? 'IBKR_CONFIG_INVALID',
      message: options.message ?? problemsText(problems),
      details: { ...options.details, problems },
    });
    // The list is readable through details already: printing an error shows it once.
    this.problems = problems;
    Object.defineProperty(this, 'problems', { enumerable: false });
  }
}

function problemsText(problems: readonly ConfigurationProblem[]): string {
  const lines = problems.map(({ path, value, rule, source }) => {
    const received = value === undefined ? '' : `, got ${show(value)}`;
    return `${path} ${rule}${received}${source === undefined ? '' : ` (from ${source})`}`;
  });
  return lines.length === 1 ? `Invalid configuration: ${lines.join('')}` : ['Invalid configuration:', ...lines.map((line) => `  - ${line}`)].join('\n');
}

/** What a {@link UsageError} is made from; the message is written from field, rule and value when not given. */
export type UsageErrorOptions = Omit<CodedErrorOptions, 'message'> & {
  readonly message?: string | undefined;
  /** The argument or option: `perSecond`, `order.limitPrice`. */
  readonly field: string;
  /** The value as received. Leave it out when it is a secret or an account. */
  readonly value?: unknown;
  /** What the value must be: `must be a whole number from 1 to 1000`. */
  readonly rule: string;
};

/** A caller's mistake: an argument that breaks a rule, or a call in the wrong state. */
export class UsageError extends IbkrError {
  static {
    nameErrorClass(this, 'UsageError');
  }

  /** @param options `code` is `IBKR_USAGE_INVALID_ARGUMENT` when not given. */
  constructor(options: UsageErrorOptions) {
    const { field, value, rule } = options;
    super({
      ...options,
      code: options.code ?? 'IBKR_USAGE_INVALID_ARGUMENT',
      message: options.message ?? `${field} ${rule}${'value' in options ? `, got ${show(value)}` : ''}`,
      details: { ...options.details, field, rule, ...('value' in options ? { value } : {}) },
    });
  }
}

/** What a {@link GateRefusedError} is made from; the message is written from the reasons when not given. */
export type GateRefusedErrorOptions = Omit<CodedErrorOptions, 'message'> & {
  readonly message?: string | undefined;
  /** Every reason that keeps the gate closed right now, most important first. */
  readonly reasons: readonly string[];
};

/** A local safety gate refused an order before a byte left; `details.reasons` lists why. */
export class GateRefusedError extends OrderError {
  static {
    nameErrorClass(this, 'GateRefusedError');
  }

  /** @param options `code` is `IBKR_ORDER_GATE_REFUSED` when not given. */
  constructor(options: GateRefusedErrorOptions) {
    const reasons = Object.freeze([...options.reasons]);
    super({
      ...options,
      code: options.code ?? 'IBKR_ORDER_GATE_REFUSED',
      message: options.message ?? `The order was refused locally and not sent: ${reasons.join('; ')}`,
      details: { ...options.details, reasons },
    });
  }
}

const SHOWN_CHARACTERS = 120;

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
