import type { Timer } from '@ibkit/clock';
import type { UnnumberedRow } from '../format/write-row.js';
import type { RecordingEnd } from '../read/survey.js';
import type { DiskQueue } from './disk-queue.js';
import type { ResolvedRecorderOptions } from './recorder-options.js';
import { SegmentBuilder } from './segment-builder.js';

const DAY_MS = 86_400_000;

/** Puts rows into segments one after the other, and hands their bytes to the disk: decides when a segment ends. */
export class SegmentRoll {
  readonly #options: ResolvedRecorderOptions;
  readonly #queue: DiskQueue;
  readonly #recording: string;
  #segment: SegmentBuilder | undefined;
  #segmentDay = 0;
  #nextIndex: number;
  #nextSeq: number;
  #ageTimer: Timer | undefined;

  /** @param end where the rows of the directory end; `recording` is the name of the whole */
  constructor(options: ResolvedRecorderOptions, queue: DiskQueue, end: Pick<RecordingEnd, 'nextIndex' | 'nextSeq'> & { readonly recording: string }) {
    this.#options = options;
    this.#queue = queue;
    this.#recording = end.recording;
    this.#nextIndex = end.nextIndex;
    this.#nextSeq = end.nextSeq;
  }

  /** Number that the next row will have. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Bytes that were not handed to the disk yet. */
  get waiting(): number {
    return this.#segment?.waiting ?? 0;
  }

  add(row: UnnumberedRow): void {
    this.#segmentFor(row.receivedAtMs).add(row);
    this.#nextSeq += 1;
  }

  /** Hands what waits to the disk. */
  flush(): void {
    const chunk = this.#segment?.take();
    if (this.#segment !== undefined && chunk !== undefined) this.#queue.write(this.#segment.file, chunk);
  }

  /** Ends the segment; the next row begins another one. */
  seal(): void {
    this.#ageTimer?.cancel();
    this.#ageTimer = undefined;
    const segment = this.#segment;
    if (segment === undefined) return;
    const summary = segment.seal();
    this.flush();
    this.#segment = undefined;
    this.#queue.seal(summary);
  }

  #segmentFor(receivedAtMs: number): SegmentBuilder {
    const day = Math.floor(receivedAtMs / DAY_MS);
    const current = this.#segment;
    if (current !== undefined && current.bytes < this.#options.maxSegmentBytes && day <= this.#segmentDay && !current.full) return current;
    this.seal();
    const { source, maxSegmentMs, clock } = this.#options;
    const segment = new SegmentBuilder({ recording: this.#recording, index: this.#nextIndex, firstSeq: this.#nextSeq, startedAtMs: receivedAtMs, source });
    this.#nextIndex += 1;
    this.#segment = segment;
    this.#segmentDay = day;
    // So that a segment of yesterday is whole also when nothing comes any more.
    const untilMidnightMs = DAY_MS - (clock.now() % DAY_MS);
    this.#ageTimer = clock.setTimer(
      Math.min(maxSegmentMs, untilMidnightMs),
      () => {
        this.seal();
      },
      { keepAlive: false },
    );
    return segment;
  }
}
