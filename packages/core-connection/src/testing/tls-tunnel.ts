import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server, TlsOptions as ServerOptions } from 'node:tls';

/** Ends TLS and passes the plain bytes on to a port of this machine, as stunnel does. */
export class TlsTunnel {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pairs: { readonly outer: Socket; readonly inner: Socket }[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: () => number, options: ServerOptions): Promise<TlsTunnel> {
    const server = createServer(options);
    const tunnel = new TlsTunnel(server);
    server.on('connection', (raw: Socket) => {
      tunnel.#keep(raw);
    });
    server.on('secureConnection', (outer) => {
      const inner = connect({ host: '127.0.0.1', port: target(), noDelay: true });
      tunnel.#keep(outer);
      tunnel.#keep(inner);
      tunnel.#pairs.push({ outer, inner });
      outer.pipe(inner);
      inner.pipe(outer);
      inner.on('error', () => outer.destroy());
      outer.on('close', () => inner.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return tunnel;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the tunnel is not listening');
    return address.port;
  }

  /** Sockets that are open, on both sides. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Shows other certificates from the next handshake on. */
  show(options: ServerOptions): void {
    this.#server.setSecureContext(options);
  }

  /** Passes nothing on any more, in both directions, and keeps every link. */
  freeze(): void {
    for (const { outer, inner } of this.#pairs) {
      outer.unpipe(inner);
      inner.unpipe(outer);
    }
  }

  /** Breaks every link. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
