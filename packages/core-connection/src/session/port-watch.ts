import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '@ibkit/clock';

export interface PortWatchOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** When to look first, in milliseconds; after a few looks at this gap it doubles each time. */
  readonly firstMs: number;
  /** The port refuses: the gateway is gone. The watch has stopped. */
  readonly onRefused: () => void;
}

/** Looks at an even gap: a gateway that goes down closes its clients first and its port a moment later. */
const EVEN_LOOKS = 4;

/**
 * Looks now and then whether anything still listens on a port, while the next attempt is far away: a gateway whose port closes is
 * restarting, and then it pays to ask often. Opens a bare TCP link and hangs up; nothing is said on it.
 */
export class PortWatch {
  readonly #options: PortWatchOptions;
  #gapMs: number;
  #looks = 0;
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
    this.#looks += 1;
    if (this.#looks >= EVEN_LOOKS) this.#gapMs *= 2;
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
