import { AccountError, ConfigurationError, ConnectionError, ContractError, GateRefusedError, HistoricalDataError, IbkrError, MarketDataError, OrderError, RateLimitError, RequestError, SystemError, TimeoutError, UsageError } from '@ibkit/error-codes';
import type { IbkrErrorCode, IbkrErrorOptions } from '@ibkit/error-codes';
import { problemSchema } from '@ibkit/api-contract';
import type { ApiProblem } from '@ibkit/api-contract';
import type { HttpAnswer } from '../platform/platform.js';

type Make = (options: IbkrErrorOptions, problem: ApiProblem) => IbkrError;

const firstRule = ({ problems, detail }: ApiProblem): { readonly field: string; readonly rule: string } => problems?.[0] ?? { field: 'request', rule: detail };

/** The same class as the error had in the daemon, so that a program handles both alike. */
const CLASSES: Readonly<Record<string, Make>> = {
  AccountError: (options) => new AccountError(options),
  ConfigurationError: (options, { problems = [] }) => new ConfigurationError({ ...options, problems: problems.map(({ field, rule, value }) => ({ path: field, rule, value })) }),
  ConnectionError: (options) => new ConnectionError(options),
  ContractError: (options) => new ContractError(options),
  GateRefusedError: (options, { gate = [] }) => new GateRefusedError({ ...options, reasons: gate }),
  HistoricalDataError: (options) => new HistoricalDataError(options),
  MarketDataError: (options) => new MarketDataError(options),
  OrderError: (options) => new OrderError(options),
  RateLimitError: (options) => new RateLimitError(options),
  RequestError: (options) => new RequestError(options),
  SystemError: (options) => new SystemError(options),
  TimeoutError: (options) => new TimeoutError(options),
  UsageError: (options, problem) => new UsageError({ ...options, ...firstRule(problem) }),
};

/** For a problem that does not name its class. */
function classOf({ status, gate }: ApiProblem): string {
  if (gate !== undefined && gate.length > 0) return 'GateRefusedError';
  if (status === 401 || status === 403) return 'AccountError';
  if (status === 400) return 'UsageError';
  if (status === 429) return 'RateLimitError';
  if (status === 503) return 'ConnectionError';
  if (status === 504 || status === 408) return 'TimeoutError';
  return status >= 500 ? 'SystemError' : 'RequestError';
}

function isCode(text: string): text is IbkrErrorCode {
  return text.startsWith('IBKR_');
}

/** The error that a problem of the daemon stands for. */
export function errorOfProblem(problem: ApiProblem): IbkrError {
  const { code, detail, retryable, ibCode, tips, status, retryAfterMs, problems, gate } = problem;
  const make = CLASSES[problem.errorClass ?? ''] ?? CLASSES[classOf(problem)];
  const options: IbkrErrorOptions = { code: isCode(code) ? code : 'IBKR_DAEMON_PROBLEM', message: detail, retryable, brokerCode: ibCode, tips, details: { status, retryAfterMs, problems, gate } };
  return make?.(options, problem) ?? new IbkrError(options);
}

/** The error that an answer stands for; one that is no problem of ours comes from something else on that port. */
export function errorOfAnswer({ status, contentType, text, retryAfterMs }: HttpAnswer, what: string): IbkrError {
  const parsed = problemSchema.safeParse(jsonOf(text));
  if (parsed.success) return errorOfProblem({ ...parsed.data, retryAfterMs: parsed.data.retryAfterMs ?? retryAfterMs });
  return new SystemError({
    code: 'IBKR_DAEMON_ANSWER_INVALID',
    message: `${what}: the answer ${status} (${contentType === '' ? 'without a type' : contentType}) is none of the ibkit daemon; something else may listen on that port.`,
    details: { status },
  });
}

/** What a text says as JSON; `undefined` when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nothing came back. It says nothing about what the daemon did. */
export function unreachable(what: string, where: string, cause: unknown): ConnectionError {
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : 'no answer';
  return new ConnectionError({
    code: 'IBKR_DAEMON_UNREACHABLE',
    message: `${what}: the daemon at ${where} cannot be reached: ${reason}.`,
    retryable: true,
    cause,
    tips: ['Is it running? `ibkit daemon status` tells, `ibkit daemon start` starts it.', 'Check the URL, and for another machine its certificate.'],
  });
}
