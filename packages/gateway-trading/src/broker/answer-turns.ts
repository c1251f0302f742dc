import { withDeadline } from '@ibkit/clock';
import { TimeoutError } from '@ibkit/error-codes';
import type { ServerMessage } from '@ibkit/wire';
import type { TradingConnection, TradingSession } from './connection-port.js';

/** A question whose answer carries no request id. */
export interface UnnamedQuestion {
  /** Questions of one name have answers that cannot be told apart. */
  readonly name: string;
  readonly isEnd: (message: ServerMessage) => boolean;
  /** For the turn, milliseconds; the question has a limit of its own. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How long the answer to a question that was given up may still be on its way, milliseconds. */
const ANSWER_GRACE_MS = 5_000;

/**
 * Keeps answers apart that carry no request id: one question of a name at a time. A question that was given up still has an answer
 * coming, and what is left of it would pass for the beginning of the next one; so the next question waits for its end, for the end of
 * the session, or until the answer counts as lost.
 */
export class AnswerTurns {
  readonly #connection: TradingConnection;
  readonly #last = new Map<string, Promise<void>>();
  readonly #awaited = new Set<() => void>();

  constructor(connection: TradingConnection) {
    this.#connection = connection;
  }

  /**
   * Asks when it is the question's turn.
   * @throws what `ask` throws, the signal's reason, or TimeoutError when the turn does not come in time.
   */
  async take<T>(question: UnnamedQuestion, ask: () => Promise<T>): Promise<T> {
    const { name, signal, timeoutMs } = question;
    const before = this.#last.get(name) ?? Promise.resolve();
    let pass = (): void => undefined;
    this.#last.set(
      name,
      new Promise((resolve) => {
        pass = resolve;
      }),
    );
    try {
      const timeoutError = (): Error => new TimeoutError({ message: `${name}: the answer to an earlier question did not end within ${timeoutMs} ms`, details: { timeoutMs } });
      await withDeadline(this.#connection.clock, timeoutMs, before, { signal, timeoutError });
    } catch (error) {
      void before.then(pass);
      throw error;
    }
    const { session } = this.#connection;
    if (session === undefined) {
      pass();
      return ask();
    }
    const giveUp = this.#awaitEnd(question, session, pass);
    try {
      return await ask();
    } catch (error) {
      giveUp();
      throw error;
    }
  }

  /** Waits for no answer any more. */
  close(): void {
    for (const stop of [...this.#awaited]) stop();
  }

  /** Passes the turn on when the answer has ended; the returned function sets the limit for that. */
  #awaitEnd({ isEnd }: UnnamedQuestion, session: TradingSession, pass: () => void): () => void {
    const { clock, events } = this.#connection;
    const ended = new AbortController();
    const stop = (): void => {
      ended.abort();
      offMessage();
      offState();
      this.#awaited.delete(stop);
      pass();
    };
    const offMessage = this.#connection.onMessage((message, from) => {
      if (from === session && isEnd(message)) stop();
    });
    const offState = events.on('connection.stateChanged', () => {
      if (this.#connection.session !== session) stop();
    });
    this.#awaited.add(stop);
    return () => {
      if (ended.signal.aborted) return;
      const timer = clock.setTimer(ANSWER_GRACE_MS, stop, { keepAlive: false });
      ended.signal.addEventListener('abort', () => {
        timer.cancel();
      });
    };
  }
}
