import type { Clock, Timer } from '@ibkit/clock';

/** How bytes leave: late, or slowly, or both. */
export interface OutputShape {
  /** How long each write waits before it leaves, milliseconds. */
  readonly delayMs?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
}

/** Options of a {@link ShapedOutput}. */
export interface ShapedOutputOptions {
  /** Real time. */
  readonly clock: Clock;
  readonly write: (bytes: Uint8Array) => void;
  /** The shape of this moment; undefined: everything leaves at once. */
  readonly shape: () => OutputShape | undefined;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly dueAtMs: number;
  offset: number;
}

/** A slow line drips this often at most; slower ones drip single bytes. */
const DRIPS_PER_SECOND = 100;

/** Output that may be late or slow. What was pushed first leaves first, always. */
export class ShapedOutput {
  readonly #options: ShapedOutputOptions;
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  #bytes = 0;

  constructor(options: ShapedOutputOptions) {
    this.#options = options;
  }

  /** Bytes that have not left. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Whether what is pushed now leaves at once. */
  get isPlain(): boolean {
    return this.#waiting.length === 0 && this.#options.shape() === undefined;
  }

  push(bytes: Uint8Array): void {
    const { shape, write, clock } = this.#options;
    const now = shape();
    if (now === undefined && this.#waiting.length === 0) {
      write(bytes);
      return;
    }
    this.#waiting.push({ bytes, dueAtMs: clock.monotonic() + (now?.delayMs ?? 0), offset: 0 });
    this.#bytes += bytes.length;
    this.#arm();
  }

  /** Looks at the shape again: without one everything leaves at once. */
  refresh(): void {
    if (this.#options.shape() === undefined) this.flush();
  }

  /** Everything leaves at once. */
  flush(): void {
    const waiting = this.#waiting;
    this.clear();
    for (const { bytes, offset } of waiting) this.#options.write(bytes.subarray(offset));
  }

  /** Forgets what has not left. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }

  #arm(): void {
    const [first] = this.#waiting;
    if (this.#timer !== undefined || first === undefined) return;
    const { clock, shape } = this.#options;
    const rate = shape()?.bytesPerSecond;
    const dripMs = rate === undefined ? 0 : (this.#chunk(rate) * 1_000) / rate;
    const dueInMs = Math.max(first.dueAtMs - clock.monotonic(), dripMs);
    this.#timer = clock.setTimer(dueInMs, () => {
      this.#timer = undefined;
      this.#emit();
      this.#arm();
    });
  }

  #chunk(bytesPerSecond: number): number {
    return Math.max(1, Math.floor(bytesPerSecond / DRIPS_PER_SECOND));
  }

  #emit(): void {
    const { clock, shape } = this.#options;
    const rate = shape()?.bytesPerSecond;
    let budget = rate === undefined ? Number.POSITIVE_INFINITY : this.#chunk(rate);
    for (let [first] = this.#waiting; first !== undefined && budget > 0 && first.dueAtMs <= clock.monotonic(); [first] = this.#waiting) {
      const part = first.bytes.subarray(first.offset, first.offset + budget);
      first.offset += part.length;
      budget -= part.length;
      this.#bytes -= part.length;
      if (first.offset === first.bytes.length) this.#waiting.shift();
      this.#options.write(part);
    }
  }
}
