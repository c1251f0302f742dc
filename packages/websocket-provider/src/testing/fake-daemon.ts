import { seededRandom } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import type { TestClock } from '@ibkit/clock/testing';
import type { ClientStreamMessage, ServerStreamMessage } from '@ibkit/api-contract';
import type { HttpAnswer, HttpRequest, Platform, Socket, SocketListener, SocketRequest } from '../platform/platform.js';

/** One socket that a client opened, seen from the daemon. */
export class FakeSocket implements Socket {
  readonly sent: ClientStreamMessage[] = [];
  readonly protocol: string;
  readonly token: string;
  readonly #listener: SocketListener;
  ended: string | undefined;

  constructor({ protocol, token, listener }: SocketRequest) {
    this.protocol = protocol;
    this.token = token;
    this.#listener = listener;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(JSON.parse(String(data)) as ClientStreamMessage);
  }

  terminate(): void {
    this.ended ??= 'terminated';
  }

  close(code: number, reason: string): void {
    this.ended ??= `${code} ${reason}`;
    this.#listener.onClose({ code, reason });
  }

  open(): void {
    this.#listener.onOpen();
  }

  say(...messages: readonly (ServerStreamMessage | string)[]): void {
    for (const message of messages) this.#listener.onMessage(typeof message === 'string' ? message : JSON.stringify(message));
  }

  hangUp(code = 1006, reason = '', error?: unknown): void {
    this.#listener.onClose({ code, reason, error });
  }

  /** Greets like the daemon. */
  greet(bootId = 'boot-1'): void {
    this.open();
    this.say(
      { t: 'hello', apiLevel: 1, version: '1.0.0', bootId, limits: { messageBytes: 65_536, subscriptions: 500, authMs: 5000, bufferBytes: 4_194_304 } },
      { t: 'welcome', connectionId: 'c1', scope: 'read', heartbeatMs: 5000 },
    );
  }
}

/** A platform without a network. */
export class FakeDaemon {
  readonly clock: TestClock = createTestClock();
  readonly random = seededRandom(7);
  readonly sockets: FakeSocket[] = [];
  readonly requests: HttpRequest[] = [];
  readonly headers: boolean;
  answer: (request: HttpRequest) => Promise<HttpAnswer> = () => Promise.reject(new Error('connect ECONNREFUSED'));
  closed = 0;

  constructor({ headers = true }: { readonly headers?: boolean } = {}) {
    this.headers = headers;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }

  readonly platform = (): Platform => ({
    headers: this.headers,
    request: (request) => {
      this.requests.push(request);
      return this.answer(request);
    },
    openSocket: (request) => {
      const socket = new FakeSocket(request);
      this.sockets.push(socket);
      return socket;
    },
    close: () => {
      this.closed += 1;
    },
  });

  /** Lets what is under way go on, without time passing. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }
}

/** What the daemon answers as JSON. */
export function json(status: number, body: unknown): HttpAnswer {
  return { status, contentType: status < 400 ? 'application/json' : 'application/problem+json', text: JSON.stringify(body) };
}
