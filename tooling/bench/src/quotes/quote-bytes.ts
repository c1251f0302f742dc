import { encodeFields, encodeFrame } from '@ibkit/wire';

/** Symbols that are followed. */
export const SYMBOLS = 100;

/** Updates of one round: each is what a gateway sends at once when the quote of one symbol moves. */
const UPDATES = 10_000;
/** TWS API, tick types. */
const SIDES = [
  { price: 1, size: 0 },
  { price: 2, size: 3 },
  { price: 4, size: 5 },
] as const;
const VOLUME = 8;

/** What one round sends. */
export interface QuoteRound {
  /** The frames of one update each. */
  readonly updates: readonly Uint8Array[];
  readonly messages: number;
  /** The sum of the last bid, ask and last of every symbol: what a reader must know at the end. */
  readonly sum: number;
}

/** Chance from a seed (mulberry32): every run of every reader gets the same quotes. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A round of quotes for the lines with these request ids: per update one to three of bid, ask and last, each as a price and a size message, and
 * the volume with a trade.
 */
export function quoteRound(requestIds: readonly number[]): QuoteRound {
  const random = seeded(20_261_120);
  const whole = (below: number): number => Math.floor(random() * below);
  const latest = new Map<string, number>();
  let messages = 0;
  const updates = Array.from({ length: UPDATES }, () => {
    const line = whole(requestIds.length);
    const id = requestIds[line] ?? 0;
    const frames: Uint8Array[] = [];
    const send = (...fields: readonly (string | number)[]): void => {
      frames.push(encodeFrame(encodeFields(fields.map(String))));
      messages += 1;
    };
    const moved = SIDES.filter(() => random() < 0.5);
    for (const side of moved.length === 0 ? SIDES : moved) {
      const cents = 10_000 + whole(10_000);
      const size = 1 + whole(1_000);
      latest.set(`${line} ${side.price}`, cents);
      send(1, 6, id, side.price, (cents / 100).toFixed(2), size, 0);
      send(2, 6, id, side.size, size);
      if (side.price === 4) send(2, 6, id, VOLUME, whole(1_000_000));
    }
    return Buffer.concat(frames);
  });
  const cents = [...latest.values()].reduce((sum, each) => sum + each, 0);
  return { updates, messages, sum: Math.round(cents) / 100 };
}
