import type { Timer } from '@ibkit/clock';
import type { CommandContext } from './globals.js';

/** How often the screen is drawn, in milliseconds: faster than eyes need costs a terminal over a slow line. */
const REFRESH_MS = 250;

/** A block of text on a terminal that is drawn again in its own place until it is closed. */
export class LiveTable {
  readonly #context: CommandContext;
  readonly #draw: () => string;
  #lines = 0;
  #timer: Timer;

  constructor(context: CommandContext, draw: () => string) {
    this.#context = context;
    this.#draw = draw;
    this.#timer = this.#schedule();
  }

  /** Draws a last time and leaves the block standing. Idempotent. */
  close(): void {
    this.#timer.cancel();
    this.#refresh();
  }

  #schedule(): Timer {
    return this.#context.clock.setTimer(REFRESH_MS, () => {
      this.#refresh();
      this.#timer = this.#schedule();
    });
  }

  #refresh(): void {
    const { out } = this.#context.io;
    const text = this.#draw();
    // Up to where the last drawing began, then each line with the rest of the old one cleared.
    const home = this.#lines === 0 ? '' : `\u001b[${this.#lines}A`;
    out.write(home + text.split('\n').slice(0, -1).map((row) => `${row}\u001b[K\n`).join(''));
    this.#lines = text.split('\n').length - 1;
  }
}
