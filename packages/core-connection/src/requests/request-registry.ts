import { abortReason, onAbort } from '@ibkit/clock';
import type { Clock, Timer } from '@ibkit/clock';
import { TimeoutError, UsageError, asError, brokerError, describeError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { BrokerNoticeMessage, RequestSpec, SessionPort } from '../connection-port.js';
import { notConnectedError, sessionClosedError } from '../session/end-error.js';
import type { SessionEnd } from '../session/session-end.js';
import { requestIdOf } from './request-ids.js';
import type { RequestIds } from './request-ids.js';

/** What became of a notice: whether a request or subscription of ours took it. */
export type NoticeOutcome = 'claimed' | 'unclaimed';

interface Pending {
  readonly id: number;
  readonly unkeyed: boolean;
  receive(message: ServerMessage): void;
  sessionEnded(end: SessionEnd): void;
}

export interface RequestRegistryOptions {
  readonly clock: Clock;
  readonly ids: RequestIds;
  readonly defaultTimeoutMs: number;
}

/** The questions that wait for an answer. Every one of them settles, at the latest when its deadline passes or its session ends. */
export class RequestRegistry {
  readonly #clock: Clock;
  readonly #ids: RequestIds;
  readonly #defaultTimeoutMs: number;
  readonly #pending = new Map<number, Pending>();
  #unkeyed: readonly Pending[] = [];

  constructor(options: RequestRegistryOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#defaultTimeoutMs = options.defaultTimeoutMs;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#pending.size;
  }

  /** Asks on this session, or rejects at once without one. */
  request<T>(spec: RequestSpec<T>, session: SessionPort | undefined, state: string): Promise<T> {
    if (session === undefined) return Promise.reject(notConnectedError(spec.name, state));
    if (spec.signal?.aborted === true) return Promise.reject(abortReason(spec.signal));
    if (spec.timeoutMs !== undefined && !(spec.timeoutMs > 0)) {
      return Promise.reject(new UsageError({ field: 'timeoutMs', value: spec.timeoutMs, rule: 'must be a number of milliseconds above 0' }));
    }
    return new Promise((resolve, reject) => {
      this.#start(spec, session, { resolve, reject });
    });
  }

  /** Hands a message to the request that it answers, and to every request without a key. */
  dispatch(message: ServerMessage, id: number | undefined = requestIdOf(message)): NoticeOutcome {
    // Most messages are ticks, and most of the time nothing waits.
    if (this.#pending.size === 0) return 'unclaimed';
    for (const request of this.#unkeyed) request.receive(message);
    const request = id === undefined ? undefined : this.#pending.get(id);
    if (request === undefined) return 'unclaimed';
    if (!request.unkeyed) request.receive(message);
    return 'claimed';
  }

  /** The session is gone: nothing that waits will be answered. */
  sessionEnded(end: SessionEnd): void {
    for (const request of [...this.#pending.values()]) request.sessionEnded(end);
  }

  #start<T>(spec: RequestSpec<T>, session: SessionPort, promise: { resolve: (value: T) => void; reject: (error: Error) => void }): void {
    const id = this.#ids.next();
    const timeoutMs = spec.timeoutMs ?? this.#defaultTimeoutMs;
    const giveUpSending = new AbortController();
    let sent = false;
    let ended: SessionEnd | undefined;

    const settle = (finish: () => void): void => {
      if (!this.#forget(id)) return;
      timer.cancel();
      stopWatching?.();
      finish();
    };
    const reject = (error: Error): void => {
      settle(() => {
        promise.reject(error);
      });
    };
    const abandon = (error: Error): void => {
      giveUpSending.abort(error);
      reject(error);
      // A write that is under way cannot be taken back: whatever was sent in the end is cancelled.
      sending.then(
        () => {
          sendCancel(spec, id, session);
        },
        () => {
          // Never sent, nothing to cancel.
        },
      );
    };
    const reply = {
      resolve: (value: T): void => {
        settle(() => {
          promise.resolve(value);
        });
      },
      reject,
    };

    this.#add({
      id,
      unkeyed: spec.unkeyed ?? false,
      receive: (message) => {
        receiveFor(spec, { id, reply, message });
      },
      sessionEnded: (end) => {
        ended = end;
        // What is not known to be sent is rejected by the session itself, which knows whether its bytes had left.
        if (sent) reject(sessionClosedError(spec.name, end, 'maybe'));
      },
    });
    const timer: Timer = this.#clock.setTimer(timeoutMs, () => {
      abandon(timeoutError(spec.name, timeoutMs, sent));
    });
    const { signal } = spec;
    const stopWatching =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            abandon(abortReason(signal));
          });
    const sending = sendRequest(spec, id, session, giveUpSending.signal);
    sending.then(
      () => {
        sent = true;
        // The session may have ended between the last byte and this turn.
        if (ended !== undefined) reject(sessionClosedError(spec.name, ended, 'maybe'));
      },
      (error: unknown) => {
        reject(asError(error));
      },
    );
  }

  #add(request: Pending): void {
    this.#pending.set(request.id, request);
    if (request.unkeyed) this.#unkeyed = [...this.#unkeyed, request];
  }

  #forget(id: number): boolean {
    const request = this.#pending.get(id);
    if (request === undefined) return false;
    this.#pending.delete(id);
    if (request.unkeyed) this.#unkeyed = this.#unkeyed.filter((other) => other !== request);
    return true;
  }
}

/** Whether a notice says that the request or stream with its id gets nothing more. Unknown codes never do. */
export function failsRequest(notice: BrokerNoticeMessage): boolean {
  const { effect } = describeError(notice.code, notice.msg);
  return effect === 'requestFailed' || effect === 'orderRejected';
}

function receiveFor<T>(
  spec: RequestSpec<T>,
  at: { readonly id: number; readonly reply: { resolve(value: T): void; reject(error: Error): void }; readonly message: ServerMessage },
): void {
  const { id, reply, message } = at;
  try {
    if (message.type === 'errMsg' && message.id === id) {
      const verdict = spec.onNotice?.(message) ?? (failsRequest(message) ? 'fail' : 'ignore');
      if (verdict === 'fail') {
        reply.reject(brokerError({ code: message.code, message: message.msg, id, context: spec.name }));
        return;
      }
    }
    spec.receive(message, reply, id);
  } catch (error) {
    reply.reject(asError(error));
  }
}

// Async, so that a build function or an encoder that throws rejects the request like any other failure.
async function sendRequest<T>(spec: RequestSpec<T>, id: number, session: SessionPort, signal: AbortSignal): Promise<void> {
  await session.send(spec.build(id), { lane: spec.lane ?? 'data', signal });
}

function sendCancel<T>(spec: RequestSpec<T>, id: number, session: SessionPort): void {
  if (spec.cancel === undefined) return;
  session.send(spec.cancel(id), { lane: spec.lane ?? 'data' }).catch(() => {
    // The session ended, and every request of it with it.
  });
}

function timeoutError(name: string, timeoutMs: number, sent: boolean): TimeoutError {
  return new TimeoutError({
    code: 'IBKR_REQUEST_TIMEOUT',
    message: sent
      ? `${name}: no answer within ${timeoutMs} ms.`
      : `${name}: could not be sent within ${timeoutMs} ms, because other messages of its lane wait for the rate limit.`,
    tips: ['Allow more time with timeoutMs, or ask for less at once.'],
    details: { timeoutMs, sent },
  });
}
