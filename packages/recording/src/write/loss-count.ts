/** Rows that came one after the other and could not be kept. */
export interface Loss {
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Counts rows that are lost until there is room to say so. */
export class LossCount {
  #loss: Loss | undefined;

  /** Whether something was lost that no gap tells of yet. */
  get active(): boolean {
    return this.#loss !== undefined;
  }

  /** Counts a row. @returns whether it is the first */
  add(atMs: number): boolean {
    const before = this.#loss;
    this.#loss =
      before === undefined ? { rows: 1, fromMs: atMs, toMs: atMs } : { rows: before.rows + 1, fromMs: Math.min(before.fromMs, atMs), toMs: Math.max(before.toMs, atMs) };
    return before === undefined;
  }

  /** What was lost, and starts over. */
  take(): Loss | undefined {
    const loss = this.#loss;
    this.#loss = undefined;
    return loss;
  }
}
