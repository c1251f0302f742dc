import type { Socket } from 'node:net';

/**
 * The open sockets of the API. When all places are taken, the oldest one that never showed a valid token makes room: a flood of silent sockets
 * keeps nobody with a token out.
 */
export class ConnectionTable {
  readonly #limit: number;
  /** In the order of their arrival; `true` once a request on it was authorised. */
  readonly #sockets = new Map<Socket, boolean>();
  #evicted = 0;
  #refused = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Open sockets, and what became of those that there was no room for. */
  get counts(): { readonly open: number; readonly evicted: number; readonly refused: number } {
    return { open: this.#sockets.size, evicted: this.#evicted, refused: this.#refused };
  }

  /** Takes a new socket in, or hangs up on it. */
  add(socket: Socket): void {
    if (this.#sockets.size >= this.#limit && !this.#makeRoom()) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    this.#sockets.set(socket, false);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Notes that a socket has shown a valid token. */
  trust(socket: Socket): void {
    if (this.#sockets.has(socket)) this.#sockets.set(socket, true);
  }

  #makeRoom(): boolean {
    for (const [socket, trusted] of this.#sockets) {
      if (trusted) continue;
      this.#sockets.delete(socket);
      this.#evicted += 1;
      socket.destroy();
      return true;
    }
    return false;
  }
}
