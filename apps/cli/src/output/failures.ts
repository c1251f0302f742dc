import { SystemError, isIbkrError } from '@ibkit/error-codes';
import type { IbkrError } from '@ibkit/error-codes';
import { EXIT } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from '../terminal/io.js';
import { plain } from '../render/text.js';

/** How a failure is shown. */
export interface FailureView {
  readonly json: boolean;
  readonly debug: boolean;
}

const EXIT_BY_CLASS: Readonly<Record<string, ExitCode>> = {
  UsageError: EXIT.usage,
  ConfigurationError: EXIT.usage,
  ConnectionError: EXIT.notReady,
  TimeoutError: EXIT.notReady,
  AccountError: EXIT.notAuthorised,
  GateRefusedError: EXIT.refused,
};

const EXIT_BY_CODE: Readonly<Record<string, ExitCode>> = {
  IBKR_LEASE_HELD: EXIT.notReady,
  IBKR_FLOW_NETWORK: EXIT.notReady,
  IBKR_FLOW_TIMEOUT: EXIT.notReady,
  IBKR_FLOW_UNAVAILABLE: EXIT.notReady,
  IBKR_FLOW_UNAUTHORISED: EXIT.notAuthorised,
  IBKR_ORDER_OUTCOME_UNKNOWN: EXIT.pending,
  IBKR_ORDER_PENDING: EXIT.pending,
  IBKR_ORDER_NOT_FOUND: EXIT.error,
  IBKR_SIMULATOR_PORT_IN_USE: EXIT.error,
  IBKR_SIMULATOR_CONTROL_PORT: EXIT.error,
  IBKR_SIMULATOR_LISTEN_FAILED: EXIT.error,
};

/** The exit code that the contract gives to an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isIbkrError(error)) return EXIT.error;
  const known = EXIT_BY_CODE[error.code] ?? EXIT_BY_CLASS[error.name];
  if (known !== undefined) return known;
  if (error.name === 'OrderError') return error.brokerCode === undefined ? EXIT.refused : EXIT.rejected;
  return EXIT.error;
}

/** One line: the list of a ConfigurationError becomes a sentence. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return plain(text.replaceAll(/:\n\s*- /g, ': ').replaceAll(/\n\s*- /g, '; '));
}

/** A failure as it is printed with `--json`. */
export function failureDocument(error: unknown): Record<string, unknown> {
  const known: Partial<IbkrError> = isIbkrError(error) ? error : {};
  return {
    code: known.code ?? 'IBKR_UNEXPECTED',
    ...(known.brokerCode === undefined ? {} : { ibCode: known.brokerCode }),
    message: messageOf(error),
    retryable: known.retryable ?? false,
    tips: known.tips ?? [],
    exitCode: exitCodeOf(error),
  };
}

/** Shows one failure, a line and its tips on stderr and with `--json` one document on stdout, and returns its exit code. */
export function report(io: Io, error: unknown, view: FailureView): ExitCode {
  const exitCode = exitCodeOf(error);
  if (view.json) io.out.write(`${JSON.stringify({ error: failureDocument(error) })}\n`);
  io.err.write(`ibkit: ${messageOf(error)}\n`);
  if (isIbkrError(error)) for (const tip of error.tips.slice(0, 4)) io.err.write(`  - ${plain(tip)}\n`);
  if (view.debug && error instanceof Error) io.err.write(`${(error.stack ?? '').split('\n').map(plain).join('\n')}\n`);
  return exitCode;
}

/** The same once the user has asked to stop: what was under way fails because of that, and says so. */
export function reportInterrupted(io: Io, error: unknown, view: FailureView): ExitCode {
  const told = isIbkrError(error) ? error : new SystemError({ code: 'IBKR_INTERRUPTED', message: 'Stopped before there was an answer.', retryable: true, cause: error });
  return report(io, told, view);
}
