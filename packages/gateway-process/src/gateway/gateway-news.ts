import type { Clock } from '@ibkit/clock';
import type { EventBus } from '@ibkit/event-bus';
import type { GatewayCommand } from '../drivers/driver.js';
import type { ProcessExit } from '../process/owned-process.js';
import type { ScheduledEvent } from '../schedule/schedule.js';
import type { GatewayEvents } from './gateway-events.js';

/** What an error says, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown failure';
}

/** Tells what becomes of a gateway, each with its time. */
export class GatewayNews {
  readonly #events: EventBus<GatewayEvents>;
  readonly #clock: Clock;

  constructor(events: EventBus<GatewayEvents>, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  alarm(problem: GatewayEvents['gateway.alarm']['problem'], cause: string): void {
    this.#events.emit('gateway.alarm', { problem, cause, atMs: this.#clock.now() });
  }

  humanNeeded(what: GatewayEvents['gateway.humanNeeded']['what'], cause: string, deadlineMs: number | undefined): void {
    this.#events.emit('gateway.humanNeeded', { what, cause, deadlineMs, atMs: this.#clock.now() });
  }

  restartAhead(event: ScheduledEvent, leadMs: number): void {
    this.#events.emit('gateway.restartAhead', { ...event, leadMs });
  }

  exited({ code, signal }: ProcessExit, cause: string): void {
    this.#events.emit('gateway.exited', { code, signal, cause, atMs: this.#clock.now() });
  }

  command(command: GatewayCommand, ok: boolean, answer: string): void {
    this.#events.emit('gateway.command', { command, ok, answer, atMs: this.#clock.now() });
  }
}
