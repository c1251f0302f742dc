import type { IbkrError } from '@ibkit/error-codes';
import type { CircuitBreakerState } from '../circuit/circuit-breaker.js';
import type { SessionEnd } from '../session/session-end.js';
import type { ConnectionState, MachineEffect } from './connection-machine.js';
import type { ShellOptions } from './connection-shell.js';

/** An effect of the machine that is told, and does nothing else. */
export type Announcement = Extract<MachineEffect, { readonly type: `announce${string}` }>;

/** What the shell knows about the session and the failure that an announcement is about. */
export interface NewsFacts {
  readonly epoch: number;
  readonly serverVersion: number;
  readonly lastEnd: SessionEnd | undefined;
  /** Why there is no connection. */
  readonly failure: IbkrError;
}

/** Makes events and log lines of what becomes of a connection. */
export class ConnectionNews {
  readonly #options: Pick<ShellOptions, 'connection' | 'events' | 'accounts'>;

  constructor(options: Pick<ShellOptions, 'connection' | 'events' | 'accounts'>) {
    this.#options = options;
  }

  /** The public state is another one. */
  state(from: ConnectionState, to: ConnectionState, { reason, epoch }: { readonly reason: string; readonly epoch: number }): void {
    const { connection, events } = this.#options;
    connection.logger.info({ from, to, reason, epoch }, 'connection state changed');
    events.emit('connection.stateChanged', { from, to, reason, atMs: connection.clock.now() });
  }

  /** The machine says that somebody must hear of it. */
  announce(effect: Announcement, { epoch, serverVersion, lastEnd, failure }: NewsFacts): void {
    const { connection, events, accounts } = this.#options;
    const atMs = connection.clock.now();
    switch (effect.type) {
      case 'announceEstablished':
        events.emit('connection.established', { epoch, serverVersion, accounts: accounts(), atMs });
        break;
      case 'announceRecovered':
        events.emit('connection.recovered', { scope: 'session', epoch, downMs: effect.downMs, attempts: effect.attempts, serverVersion, atMs });
        break;
      case 'announceLost':
        events.emit('connection.lost', { epoch: lastEnd?.epoch ?? epoch, reason: effect.kind, error: lastEnd?.error ?? failure, willReconnect: effect.willReconnect, atMs });
        break;
      case 'announceGaveUp':
        connection.logger.error({ code: failure.code, attempts: effect.attempts }, failure.message);
        events.emit('connection.gaveUp', { reason: effect.kind, attempts: effect.attempts, error: failure, atMs });
        break;
    }
  }

  /** A session or attempt has ended that we did not end ourselves. */
  ended({ error, kind, epoch }: SessionEnd): void {
    this.#options.connection.logger.info({ code: error.code, reason: kind, epoch }, error.message);
  }

  /** The circuit breaker changed its state. */
  circuit(state: CircuitBreakerState): void {
    const { connection, events } = this.#options;
    const retryAfterMs = connection.circuit?.retryAfterMs ?? 0;
    connection.logger.warn({ state, retryAfterMs }, 'the circuit breaker changed its state');
    events.emit('connection.circuitChanged', { state, retryAfterMs, atMs: connection.clock.now() });
  }

  /** There has been no connection for too long. */
  alarm(downMs: number, { lastEnd, failure }: Pick<NewsFacts, 'lastEnd' | 'failure'>): void {
    const { connection, events } = this.#options;
    const kind = lastEnd?.kind === 'clientIdInUse' ? 'clientIdInUse' : 'stillDown';
    const message = `Not connected for ${Math.round(downMs)} ms. ${failure.message}`;
    connection.logger.error({ kind, downMs }, message);
    events.emit('connection.alarm', { kind, downMs, message, atMs: connection.clock.now() });
  }
}
