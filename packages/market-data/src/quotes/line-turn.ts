import type { TurnQueue } from '../streams/turn-queue.js';

/** What comes in one turn has come at one time: readers hear of a quote once per turn, however many ticks the turn brought. */
export class LineTurn {
  readonly #turns: TurnQueue;
  readonly #tell: () => void;
  #isOpen = false;
  #isDirty = false;
  #isHeard = false;

  /** @param options `tell` is called at the end of a turn in which something changed */
  constructor({ turns, tell }: { readonly turns: TurnQueue; readonly tell: () => void }) {
    this.#turns = turns;
    this.#tell = tell;
  }

  /** Something arrived: the turn begins, unless it has begun. */
  begin(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#turns.atEnd(this.#end);
  }

  /** The quote is another one: readers are told at the end of the turn. */
  markDirty(): void {
    this.#isDirty = true;
    this.begin();
  }

  /** Whether this is the first sign of life in the turn, or since somebody doubted. */
  isFirstSign(): boolean {
    const isFirst = !this.#isHeard;
    this.#isHeard = true;
    return isFirst;
  }

  /** Somebody doubts: the next sign of life counts again. */
  doubt(): void {
    this.#isHeard = false;
  }

  readonly #end = (): void => {
    this.#isOpen = false;
    this.#isHeard = false;
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#tell();
  };
}
