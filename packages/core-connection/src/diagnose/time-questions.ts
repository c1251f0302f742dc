import type { Clock } from '@ibkit/clock';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import type { RequestSpec } from '../connection-port.js';
import type { TimeSample } from './clock-skew.js';

/** What asking for the time needs of a connection. */
export interface TimedConnection {
  readonly clock: Clock;
  request<T>(spec: RequestSpec<T>): Promise<T>;
  onSent(listener: (message: ClientMessage) => void): () => void;
  onMessage(listener: (message: ServerMessage) => void): () => void;
}

/** One answer and how long it took. */
export interface TimedAnswer extends TimeSample {
  readonly roundTripMs: number;
}

/**
 * Asks for the time and knows which answer is its own. Answers carry no id, and heartbeats ask, too; but they come in the order of the questions, so counting both tells
 * them apart, from the moment on that this object exists.
 */
export class TimeQuestions {
  readonly #connection: TimedConnection;
  readonly #stops: readonly (() => void)[];
  #asked = 0;
  #answered = 0;
  #own: ClientMessage | undefined;
  /** Which question is ours, from 1. */
  #ownNumber: number | undefined;

  constructor(connection: TimedConnection) {
    this.#connection = connection;
    this.#stops = [
      connection.onSent((message) => {
        if (message.type !== 'reqCurrentTime') return;
        this.#asked += 1;
        if (message === this.#own) this.#ownNumber = this.#asked;
      }),
      connection.onMessage((message) => {
        if (message.type === 'currentTime') this.#answered += 1;
      }),
    ];
  }

  /** Asks once; one question at a time. Rejects as requests do. */
  ask(options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined }): Promise<TimedAnswer> {
    const { clock } = this.#connection;
    const own: ClientMessage = { type: 'reqCurrentTime' };
    this.#own = own;
    this.#ownNumber = undefined;
    const sentAtMs = clock.now();
    const began = clock.monotonic();
    return this.#connection.request<TimedAnswer>({
      name: 'the time',
      unkeyed: true,
      build: () => own,
      receive: (message, reply) => {
        // Requests hear of a message before the count does.
        if (message.type !== 'currentTime' || this.#ownNumber === undefined || this.#answered + 1 < this.#ownNumber) return;
        reply.resolve({ sentAtMs, receivedAtMs: clock.now(), timeSeconds: message.time, roundTripMs: clock.monotonic() - began });
      },
      lane: 'heartbeat',
      ...options,
    });
  }

  /** Stops counting. */
  close(): void {
    for (const stop of this.#stops) stop();
  }
}
