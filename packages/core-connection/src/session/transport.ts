import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { ResolvedTls } from '../tls/tls-options.js';

/** What a {@link Transport} tells its owner. Nothing is called after `onClosed`, and nothing for a socket that was replaced or destroyed. */
export interface TransportHandlers {
  /** With TLS only, before `onOpen`: the TCP link is there, and the TLS handshake begins. */
  readonly onLinked: () => void;
  /** Bytes can be written. */
  readonly onOpen: () => void;
  /** The bytes are not written to again: the receiver may keep them. */
  readonly onData: (bytes: Uint8Array) => void;
  /** The peer hung up (`undefined`) or the socket failed. */
  readonly onClosed: (error: Error | undefined) => void;
}

export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: ResolvedTls | undefined;
  /** Bytes that may wait in the socket before writes are refused. */
  readonly maxBufferedBytes: number;
  readonly handlers: TransportHandlers;
}

/** How a write ended: the system has the bytes, the socket is gone, or too much is waiting already. */
export type WriteResult = 'accepted' | 'closed' | 'congested';

/** First probe of the kernel's own keep-alive; ours notices earlier, this one outlives a stopped event loop. */
const KEEP_ALIVE_AFTER_MS = 15_000;

/**
 * One TCP socket, used once, with or without TLS inside.
 *
 * Nagle's delay is off (it costs 40 ms on back-to-back orders), waiting bytes are bounded, and late events of a socket
 * that was given up do nothing.
 */
export class Transport {
  readonly #options: TransportOptions;
  #socket: Socket | undefined;
  /** A socket that was given up but still sends what waited in it. */
  #finishing: Socket | undefined;
  #secured = false;
  #peerUntrusted = false;
  #bytesIn = 0;
  #bytesOut = 0;
  /** Resolves once no file descriptor is left. */
  readonly released: Promise<void>;
  #release: () => void = () => undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  get bytesIn(): number {
    return this.#bytesIn;
  }

  get bytesOut(): number {
    return this.#bytesOut;
  }

  /** Whether bytes can be written. */
  get open(): boolean {
    return this.#secured && this.#socket?.readyState === 'open';
  }

  /** The peer's address, once known. */
  get remoteAddress(): string | undefined {
    return this.#socket?.remoteAddress;
  }

  /** Whether we did not accept the peer's certificate. */
  get peerUntrusted(): boolean {
    return this.#peerUntrusted;
  }

  /** Starts the connection attempt. */
  start(): void {
    const { host, port, tls, handlers } = this.#options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS });
    this.#socket = socket;
    socket.on('connect', () => {
      if (this.#socket !== socket) return;
      if (tls === undefined) {
        this.#secured = true;
        handlers.onOpen();
        return;
      }
      handlers.onLinked();
      if (this.#socket === socket) this.#secure(socket, tls);
    });
    this.#listen(socket);
    socket.on('close', () => {
      this.#release();
    });
  }

  /** Lays TLS into the open TCP link. */
  #secure(link: Socket, { context, identity, serverNameIndication }: ResolvedTls): void {
    const socket = connectSecurely({ socket: link, secureContext: context, host: identity, servername: serverNameIndication });
    this.#socket = socket;
    socket.on('secureConnect', () => {
      if (this.#socket !== socket) return;
      this.#secured = true;
      this.#options.handlers.onOpen();
    });
    socket.on('error', () => {
      // Set by Node.js before it gives up the link because of the certificate.
      const verdict: unknown = socket.authorizationError;
      this.#peerUntrusted = !this.#secured && verdict !== null && verdict !== undefined;
    });
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    const { handlers } = this.#options;
    const mine = (): boolean => this.#socket === socket;
    let failure: Error | undefined;
    let hungUp = false;
    const closed = (): void => {
      if (!mine()) return;
      this.#socket = undefined;
      handlers.onClosed(failure);
    };
    socket.on('data', (bytes: Buffer) => {
      if (!mine()) return;
      this.#bytesIn += bytes.length;
      handlers.onData(bytes);
    });
    socket.on('end', () => {
      // The protocol knows no half-closed links: a peer that hangs up is gone.
      hungUp = true;
      socket.destroy();
      closed();
    });
    // Stays attached after the socket was given up: a late error must not become an uncaught exception.
    socket.on('error', (error: Error) => {
      if (!hungUp) failure = error;
    });
    socket.on('close', closed);
  }

  /** Hands bytes to the socket in this tick. `onHandedOver` is called when the operating system has all of them, or with `false` when it never will. */
  write(bytes: Uint8Array, onHandedOver?: (complete: boolean) => void): WriteResult {
    const socket = this.#socket;
    if (!this.#secured || socket?.readyState !== 'open') return 'closed';
    if (socket.writableLength > 0 && socket.writableLength + bytes.length > this.#options.maxBufferedBytes) return 'congested';
    this.#bytesOut += bytes.length;
    socket.write(bytes, (error) => onHandedOver?.(error === undefined || error === null));
    return 'accepted';
  }

  /** Gives the socket up at once: what waits in it is lost, and nothing is called any more. */
  destroy(): void {
    this.#giveUp()?.destroy();
    this.#finishing?.destroy();
  }

  /** Gives the socket up, but lets it send what waits before it goes; nothing is called any more. `destroy()` cuts that short. */
  finish(): void {
    const socket = this.#giveUp();
    this.#finishing = socket;
    // Only an open socket has anything to finish; destroySoon on one that is still connecting would wait for the connection.
    if (this.#secured && socket?.readyState === 'open') socket.destroySoon();
    else socket?.destroy();
  }

  #giveUp(): Socket | undefined {
    const socket = this.#socket;
    if (socket === undefined) this.#release();
    this.#socket = undefined;
    return socket;
  }
}
