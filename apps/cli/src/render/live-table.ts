import type { Timer } from '@ibkit/clock';
import type { CommandContext } from '../config/globals.js';

/** How often the screen is drawn, in milliseconds: faster than eyes need costs a terminal over a slow line. */
const REFRESH_MS = 250;

const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

const ESCAPE = '\u001b';
/** ECMA-48: colours, which a terminal does not show as text. */
const SEQUENCE = new RegExp(`^${ESCAPE}\\[[\\d;]*m`);

/** The first `width` columns of a row; colours take none, and end with it. */
function cut(row: string, width: number): string {
  let [shown, left] = ['', width];
  for (const part of row.split(ESCAPE).map((piece, index) => (index === 0 ? piece : `${ESCAPE}${piece}`))) {
    const [sequence = ''] = SEQUENCE.exec(part) ?? [];
    const text = part.slice(sequence.length);
    shown += sequence + text.slice(0, Math.max(0, left));
    left -= text.length;
  }
  return shown;
}

/**
 * A block of text on a terminal that is drawn again in its own place until it is closed. Every line keeps to one row of the terminal, and
 * the block to its height: a line that wraps, or one that has scrolled away, would put the cursor in the wrong place.
 */
export class LiveTable {
  readonly #context: CommandContext;
  readonly #draw: () => string;
  #lines = 0;
  #timer: Timer;
  #closed = false;

  constructor(context: CommandContext, draw: () => string) {
    this.#context = context;
    this.#draw = draw;
    this.#timer = this.#schedule();
  }

  /** Lets `write` put whole lines above the block. */
  interject(write: () => void): void {
    if (this.#lines > 0) this.#context.io.out.write(this.#home() + CLEAR_BELOW);
    this.#lines = 0;
    write();
    if (!this.#closed) this.refresh();
  }

  /** Draws now. */
  refresh(): void {
    const { out } = this.#context.io;
    const rows = this.#draw().split('\n').slice(0, -1);
    const height = Math.max(2, out.rows - 1);
    const shown = rows.length <= height ? rows : [...rows.slice(0, height - 1), `... and ${rows.length - height + 1} more lines`];
    const width = Math.max(1, out.columns - 1);
    out.write(`${this.#home()}${shown.map((row) => `${cut(row, width)}${CLEAR_LINE_END}\n`).join('')}${CLEAR_BELOW}`);
    this.#lines = shown.length;
  }

  /** Draws a last time and leaves the block standing. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.cancel();
    this.refresh();
  }

  /** To where the last drawing began. */
  #home(): string {
    return this.#lines === 0 ? '' : `\u001b[${this.#lines}A\r`;
  }

  #schedule(): Timer {
    return this.#context.clock.setTimer(REFRESH_MS, () => {
      this.refresh();
      this.#timer = this.#schedule();
    });
  }
}
