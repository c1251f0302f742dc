import type { CommandContext } from '../config/globals.js';
import { isDumb } from './colors.js';
import { count, span } from './text.js';

const WIDTH = 24;

/** One line on stderr that says how far long work is and how long it will still take; nothing at all in a pipe. */
export class Progress {
  readonly #context: CommandContext;
  readonly #startedMs: number;
  #shown = false;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#startedMs = context.clock.monotonic();
  }

  /** Shows `share` (0 to 1) of the work and what was done so far; `leastMs` is what is known to be needed still, whatever the speed until now. */
  show({ share, done, unit, leastMs = 0 }: { readonly share: number; readonly done: number; readonly unit: string; readonly leastMs?: number | undefined }): void {
    const { io, globals, clock } = this.#context;
    if (!io.err.isTerminal || isDumb(io) || globals.json) return;
    const part = Math.min(1, Math.max(0, share));
    const tookMs = clock.monotonic() - this.#startedMs;
    const leftMs = part > 0 ? Math.max(leastMs, (tookMs * (1 - part)) / part) : leastMs;
    const full = Math.round(part * WIDTH);
    const line = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${String(Math.floor(part * 100)).padStart(3)}%  ${count(done)} ${unit}  ${part >= 1 ? `in ${span(tookMs)}` : `${span(leftMs)} left`}`;
    io.err.write(`\r${line.slice(0, Math.max(1, io.err.columns - 1))}\u001b[K`);
    this.#shown = true;
  }

  /** Leaves the line standing. */
  end(): void {
    if (this.#shown) this.#context.io.err.write('\n');
    this.#shown = false;
  }
}
