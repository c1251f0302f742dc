import { STREAM_CLOSE, problemSchema } from '@ibkit/api-contract';
import type { ApiProblem } from '@ibkit/api-contract';
import { AccountError, ConnectionError, RateLimitError, RequestError, SystemError, TimeoutError, UsageError } from '@ibkit/error-codes';
import type { IbkrError, IbkrErrorCode } from '@ibkit/error-codes';
import { errorOfProblem, jsonOf } from '../http/daemon-error.js';
import type { SocketListener } from '../platform/platform.js';

/** How a stream ended. */
export interface StreamEnd {
  readonly error: IbkrError;
  /** Trying again would end the same way. */
  readonly final: boolean;
}

type SocketEnd = Parameters<SocketListener['onClose']>[0];

const FINAL: ReadonlySet<number> = new Set([STREAM_CLOSE.unauthorized, STREAM_CLOSE.forbidden, STREAM_CLOSE.badMessage]);
/** A refused upgrade with one of these statuses may succeed later. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

function closeError({ code, reason }: SocketEnd): IbkrError {
  const said = reason === '' ? '' : `: ${reason}`;
  switch (code) {
    case STREAM_CLOSE.unauthorized: return new AccountError({ code: 'IBKR_STREAM_UNAUTHORIZED', message: `The daemon does not know the token of the stream${said}.`, tips: ['Was it revoked, or is it expired? `ibkit token list` tells.'] });
    case STREAM_CLOSE.forbidden: return new AccountError({ code: 'IBKR_STREAM_FORBIDDEN', message: `The daemon refuses the stream${said}.` });
    case STREAM_CLOSE.badMessage: return new RequestError({ code: 'IBKR_STREAM_BAD_MESSAGE', message: `The daemon could not read what we sent${said}.`, tips: ['Daemon and client may be of versions that do not go together.'] });
    case STREAM_CLOSE.slowConsumer: return new RateLimitError({ code: 'IBKR_STREAM_SLOW', message: `The daemon cut the stream because we read too slowly${said}.`, tips: ['Take updates in faster, subscribe to less, or use the mode latest with a longer interval.'] });
    case STREAM_CLOSE.tooMany: return new RateLimitError({ code: 'IBKR_STREAM_TOO_MANY', message: `The daemon has too many streams${said}.` });
    default: return new ConnectionError({ code: 'IBKR_STREAM_LOST', message: `The stream of the daemon ended (${code})${said}.`, retryable: true });
  }
}

/** What the end of a socket means. */
export function streamEndOf(end: SocketEnd, where: string): StreamEnd {
  const { error } = end;
  if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
    const problem = problemSchema.safeParse('text' in error && typeof error.text === 'string' ? jsonOf(error.text) : undefined);
    const found = problem.success ? errorOfProblem(problem.data) : new SystemError({ code: 'IBKR_STREAM_REFUSED', message: `${where} answered ${error.status} to the request for a stream; something else than the daemon may listen there.` });
    return { error: found, final: !PASSING.has(error.status) };
  }
  if (error instanceof Error) return { error: new ConnectionError({ code: 'IBKR_DAEMON_UNREACHABLE', message: `The daemon at ${where} cannot be reached: ${error.message}.`, retryable: true, cause: error, tips: ['Is it running? `ibkit daemon status` tells, `ibkit daemon start` starts it.'] }), final: false };
  return { error: closeError(end), final: FINAL.has(end.code) };
}

/** The daemon answered nothing in time. */
export function silentError(ms: number): TimeoutError {
  return new TimeoutError({ code: 'IBKR_STREAM_SILENT', message: `Nothing came from the daemon for ${Math.round(ms)} ms, not even a heartbeat.` });
}

/** The daemon said something that is none of the protocol. */
export function protocolError(what: string): SystemError {
  return new SystemError({ code: 'IBKR_STREAM_PROTOCOL', message: `The daemon sent ${what}. Daemon and client may be of versions that do not go together.`, retryable: true });
}

/** A refusal of one message, or the end of a topic: the error that the daemon had, where it tells of one. */
export function refusalError({ code, detail, retryable, problem }: { readonly code: string; readonly detail: string; readonly retryable: boolean; readonly problem?: ApiProblem | undefined }): IbkrError {
  if (problem !== undefined) return errorOfProblem(problem);
  const known: IbkrErrorCode = isCode(code) ? code : 'IBKR_STREAM_REFUSED';
  return new RequestError({ code: known, message: detail, retryable });
}

function isCode(text: string): text is IbkrErrorCode {
  return text.startsWith('IBKR_');
}

/** After `close()`. */
export function closedError(): UsageError {
  return new UsageError({ code: 'IBKR_STREAM_CLOSED', field: 'stream', rule: 'must not be closed' });
}
