import { seededRandom } from '@ibkit/clock';
import type { Random } from '@ibkit/clock';
import { broken, framed, mutated } from './mutator.js';

/** Frames per round: what one hostile peer sends before it is looked whether everybody else is well. */
export const FRAMES_PER_ROUND = 100;

/** One in this many rounds ends in bytes that are no frames. */
const BROKEN_ONE_IN = 5;
const ROUND_STEP = 7_919;

/** The frames of one round, the last of which may be none. */
export interface Round {
  readonly number: number;
  readonly frames: readonly Buffer[];
  /** Whether the last of them is none. */
  readonly isBroken: boolean;
}

/** Makes valid frames to begin from. */
export type BaseFrame = (random: Random) => Uint8Array;

/** The frames of a round: the same for the same seed and number, whatever came before. */
export function roundOf(seed: number, number: number, count: number, base: BaseFrame): Round {
  const random = seededRandom(seed + number * ROUND_STEP);
  const frames = Array.from({ length: count }, () => mutated(random, base(random)));
  const isBroken = random.next() * BROKEN_ONE_IN < 1;
  if (isBroken) frames[frames.length - 1] = broken(random, base(random));
  return { number, frames, isBroken };
}

/** Puts an id that is in use into one of the first places of a frame. */
export function addressed(random: Random, frame: Uint8Array): Uint8Array {
  const fields = Buffer.from(frame.subarray(4)).toString('latin1').split('\0');
  const place = 1 + Math.floor(random.next() * 2);
  if (fields.length <= place + 1) return frame;
  fields[place] = `@${Math.floor(random.next() * 4)}`;
  return framed(Buffer.from(fields.join('\0'), 'latin1'));
}

/** A frame as people can read it. */
export function shown(frame: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(frame.subarray(4)).toString('latin1')).replaceAll('\\u0000', '·');
  return `${Buffer.from(frame.subarray(0, 4)).toString('hex')} ${text.length > 2_000 ? `${text.slice(0, 2_000)}... (${frame.length} bytes)` : text}`;
}
