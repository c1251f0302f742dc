import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '@ibkit/clock';

export interface PortWatchOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** When to look first, in milliseconds. The time since the beginning doubles from look to look until the gap is `thenMs`. */
  readonly firstMs: number;
  /** The gap that stays, in milliseconds. */
  readonly thenMs: number;
  /** The port refuses: the gateway is gone. The watch has stopped. */
  readonly onRefused: () => void;
}

/**
 * Looks now and then whether anything still listens on a port, after a session there was lost: a gateway whose port closes is restarting,
 * and then it pays to ask often. Opens a bare TCP link and hangs up; nothing is said on it. A gateway counts each of them as a client for a
 * moment, and a firewall as an attempt, so there are few.
 */
export class PortWatch {
  readonly #options: PortWatchOptions;
  #gapMs: number;
  #elapsedMs = 0;
  #timer: Timer | undefined;
  #socket: Socket | undefined;
  #stopped = false;

  constructor(options: PortWatchOptions) {
    this.#options = options;
    this.#gapMs = options.firstMs;
    this.#arm();
  }

  /** Stops looking. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #arm(): void {
    this.#timer = this.#options.clock.setTimer(this.#gapMs, () => {
      this.#look();
    });
    this.#elapsedMs += this.#gapMs;
    this.#gapMs = Math.min(this.#elapsedMs, this.#options.thenMs);
  }

  #look(): void {
    const { host, port, onRefused } = this.#options;
    const socket = connect({ host, port });
    this.#socket = socket;
    socket.on('connect', () => {
      socket.destroy();
    });
    socket.on('error', (error: Error) => {
      if (this.#stopped || Reflect.get(error, 'code') !== 'ECONNREFUSED') return;
      this.stop();
      onRefused();
    });
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#arm();
    });
  }
}
