/** Pauses shorter than this are no rhythm: a stream that says something every second is never doubted. */
const SHORT_MS = 1000;
/** A pause that was once made counts half as much after this long. */
const HALF_LIFE_MS = 30 * 60_000;
/** How many of its longest pauses a stream may be silent. */
const PAUSES = 4;

/**
 * How long a stream usually pauses: the longest of its pauses, of which older ones count less and less. A liquid stock is doubted after the
 * least patience, a thin option after several of its own pauses, and a silence that turned out to be a quiet market doubles the patience.
 */
export class UsualRhythm {
  readonly #leastMs: number;
  readonly #mostMs: number;
  #longestMs = 0;
  #sinceDecayMs = 0;

  constructor(limits: { readonly leastMs: number; readonly mostMs: number }) {
    this.#leastMs = limits.leastMs;
    this.#mostMs = Math.max(limits.leastMs, limits.mostMs);
  }

  /** How long a silence is normal, in milliseconds. */
  get patienceMs(): number {
    return Math.min(this.#mostMs, Math.max(this.#leastMs, PAUSES * this.#longestMs));
  }

  /** A pause is over. */
  paused(pauseMs: number): void {
    this.#sinceDecayMs += pauseMs;
    if (pauseMs < SHORT_MS) return;
    this.#longestMs = Math.max(pauseMs, this.#longestMs * 0.5 ** (this.#sinceDecayMs / HALF_LIFE_MS));
    this.#sinceDecayMs = 0;
  }

  /** A silence was doubted for nothing: the market was quiet. */
  wasQuiet(silenceMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, (2 * silenceMs) / PAUSES);
  }
}
