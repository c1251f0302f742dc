/** The fields that both threads see. Each is written by one of them, so plain counting is enough; they wrap around. */
const BEATS = 0;
const TURNS = 1;
const PROBES = 2;
const SILENT_MS = 3;

/** Counters shared between the loop that is watched and the worker that watches it. */
export class SharedState {
  readonly #cells: Int32Array;

  /** @param buffer the same one in both threads; made when not given */
  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(buffer);
  }

  /** Inbound bytes were seen this often. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  /** The loop that is watched ran this often. */
  get turns(): number {
    return Atomics.load(this.#cells, TURNS);
  }

  /** Probes were sent this often. */
  get probes(): number {
    return Atomics.load(this.#cells, PROBES);
  }

  /** How long the silence lasts, as the worker sees it, in milliseconds. */
  get silentMs(): number {
    return Atomics.load(this.#cells, SILENT_MS);
  }

  set silentMs(ms: number) {
    Atomics.store(this.#cells, SILENT_MS, Math.min(2_147_483_647, Math.round(ms)));
  }

  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  turn(): void {
    Atomics.add(this.#cells, TURNS, 1);
  }

  probed(): void {
    Atomics.add(this.#cells, PROBES, 1);
  }
}
