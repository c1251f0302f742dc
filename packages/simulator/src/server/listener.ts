import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ConnectionError, asError } from '@ibkit/error-codes';

/** Options of a {@link Listener}. */
export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the operating system choose; the choice is kept when listening starts again. */
  readonly port: number;
  readonly onSocket: (socket: Socket) => void;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function listenError(host: string, port: number, cause: Error): ConnectionError {
  const code = codeOf(cause);
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new ConnectionError({
      code: 'IBKR_SIMULATOR_PORT_IN_USE',
      message: `The simulator cannot listen on ${where}: another program uses this port. Choose another port, or 0 for a free one.`,
      details: { host, port },
      cause,
    });
  }
  return new ConnectionError({
    code: 'IBKR_SIMULATOR_LISTEN_FAILED',
    message: `The simulator cannot listen on ${where}: ${code ?? cause.message}. Check the host and the port, or let port 0 choose a free one.`,
    details: { host, port },
    cause,
  });
}

/** A TCP port that can be closed and opened again while the accepted connections live on. */
export class Listener {
  readonly #host: string;
  readonly #onSocket: (socket: Socket) => void;
  #port: number;
  #server: Server | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: ListenerOptions) {
    this.#host = options.host;
    this.#port = options.port;
    this.#onSocket = options.onSocket;
  }

  get host(): string {
    return this.#host;
  }

  /** The port in use, or the one that will be asked for again. */
  get port(): number {
    return this.#port;
  }

  get listening(): boolean {
    return this.#server !== undefined;
  }

  /**
   * Opens the port; does nothing while it is open.
   * @throws ConnectionError `IBKR_SIMULATOR_PORT_IN_USE` or `IBKR_SIMULATOR_LISTEN_FAILED`.
   */
  listen(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const server = createServer({ noDelay: true }, this.#onSocket);
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        // Closed again before it was open: nothing has failed.
        server.once('close', resolve);
        server.listen({ host: this.#host, port: this.#port, exclusive: true }, () => {
          server.removeListener('error', reject);
          resolve();
        });
      });
    } catch (error) {
      this.#server = undefined;
      this.#opening = undefined;
      throw listenError(this.#host, this.#port, asError(error));
    }
    // An accept that fails (no file descriptors left) loses that one connection, never the server.
    server.on('error', () => undefined);
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Closes the port at once: new connections are refused, accepted ones live on. */
  stop(): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#opening = undefined;
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    this.#closing = Promise.all([this.#closing, closed]);
  }

  /** Resolves when every port that was ever open has let go of its last connection. */
  async drained(): Promise<void> {
    await this.#closing;
  }
}
