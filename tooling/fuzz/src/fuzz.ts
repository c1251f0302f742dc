import { systemClock } from '@ibkit/clock';
import { clientFrame } from './client-frames.js';
import { ClientTarget } from './client-target.js';
import { FRAMES_PER_ROUND, roundOf } from './round.js';
import type { BaseFrame, Round } from './round.js';
import { serverFrame } from './server-frames.js';
import { SimulatorTarget } from './simulator-target.js';
import type { Target } from './target.js';

/** What can be attacked: the server with frames of clients, or the client with frames of servers. */
export const TARGETS = ['simulator', 'client'] as const;
export type TargetName = (typeof TARGETS)[number];

/** A run of the fuzzer. */
export interface FuzzOptions {
  readonly target: TargetName;
  readonly frames: number;
  /** Decides every frame. */
  readonly seed: number;
  /** The first round. @defaultValue 0 */
  readonly firstRound?: number | undefined;
  /** Instead of rounds from the seed: these frames. */
  readonly only?: readonly Buffer[] | undefined;
  /** Called before a round begins. */
  readonly onRound?: ((round: number, framesDone: number) => void) | undefined;
}

/** What a run came to. */
export interface FuzzReport {
  readonly frames: number;
  readonly seconds: number;
  /** Bytes of the heap after the first tenth, and at the end; both after a collection when the process can be asked for one. */
  readonly heapAfterWarmUp: number;
  readonly heapAtEnd: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** A round after which something was not well. */
export class FuzzFailure extends Error {
  readonly round: number;
  readonly frames: readonly Uint8Array[];

  constructor(round: number, frames: readonly Uint8Array[], cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'FuzzFailure';
    this.round = round;
    this.frames = frames;
  }
}

const INSPECT_EVERY = 500;
const STARTERS: Readonly<Record<TargetName, () => Promise<Target>>> = { simulator: () => SimulatorTarget.start(), client: () => ClientTarget.start() };
const BASES: Readonly<Record<TargetName, BaseFrame>> = { simulator: clientFrame, client: serverFrame };

/** The round of a run. */
export function roundFor(target: TargetName, seed: number, number: number, count = FRAMES_PER_ROUND): Round {
  return roundOf(seed, number, count, BASES[target]);
}

function heapBytes(): number {
  if (typeof globalThis.gc === 'function') {
    globalThis.gc();
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * Attacks until all frames are sent.
 * @throws FuzzFailure for the first round after which something is not well.
 */
export async function fuzz({ target: name, frames, seed, firstRound = 0, only, onRound }: FuzzOptions): Promise<FuzzReport> {
  const clock = systemClock();
  await using target = await STARTERS[name]();
  const startMs = clock.monotonic();
  let heapAfterWarmUp = heapBytes();
  let done = 0;
  for (let number = firstRound; done < frames; number += 1) {
    const round = only === undefined ? roundFor(name, seed, number, Math.min(FRAMES_PER_ROUND, frames - done)) : { number, frames: only, isBroken: true };
    onRound?.(number, done);
    const isWarm = done < frames / 10;
    try {
      await target.attack(round.frames, round.isBroken);
      done += round.frames.length;
      if ((number + 1) % INSPECT_EVERY === 0 || done >= frames) await target.inspect();
    } catch (error) {
      throw new FuzzFailure(number, round.frames, error);
    }
    if (isWarm && done >= frames / 10) heapAfterWarmUp = heapBytes();
  }
  const seconds = (clock.monotonic() - startMs) / 1000;
  return { frames: done, seconds, heapAfterWarmUp, heapAtEnd: heapBytes(), figures: target.figures() };
}
