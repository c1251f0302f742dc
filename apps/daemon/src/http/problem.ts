import type { ApiProblem } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';

const STATUS_BY_CLASS: Readonly<Record<string, number>> = {
  UsageError: 400,
  ConfigurationError: 400,
  RequestError: 400,
  ContractError: 404,
  GateRefusedError: 409,
  OrderError: 422,
  RateLimitError: 429,
  ConnectionError: 503,
  MarketDataError: 503,
  SystemError: 503,
  TimeoutError: 504,
};

/** Makes a problem for an answer that has no error object behind it. */
export function problem(status: number, code: string, title: string, detail: string, retryable = false): ApiProblem {
  return { type: 'about:blank', title, status, detail, code, retryable };
}

/** The problem that an error becomes. What is not one of ours is not shown to the caller. */
export function problemOf(error: unknown): ApiProblem {
  if (isIbkrError(error)) {
    const status = STATUS_BY_CLASS[error.name] ?? 500;
    return {
      ...problem(status, error.code, error.name, error.message, error.retryable),
      ...(error.brokerCode === undefined ? {} : { ibCode: error.brokerCode }),
    };
  }
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500) {
    return problem(error.statusCode, 'IBKR_HTTP_REQUEST', 'Bad request', error.message);
  }
  return problem(500, 'IBKR_UNEXPECTED', 'Internal error', 'The daemon failed to answer; its log has the details.');
}
