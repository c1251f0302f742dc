import { seededRandom } from '@ibkit/clock';
import { describe, expect, it } from 'vitest';
import { fuzz, roundFor } from './fuzz.js';
import { mutated, withIds, framed } from './mutator.js';
import { shown } from './round.js';
import { smallest } from './smallest.js';

const FRAMES = 20_000;
/** Another one each day; a failure names it, and `npm run fuzz -- TARGET --seed N --round N` plays it again. */
const SEED = Math.floor(new Date(performance.timeOrigin).getTime() / 86_400_000);

/** A few seconds; busy machines get more. */
const TIMEOUT_MS = 120_000;

describe('damaged frames', { timeout: TIMEOUT_MS }, () => {
  it(`do not disturb the simulator's other clients (${FRAMES} frames, seed ${SEED})`, async () => {
    const { frames, figures } = await fuzz({ target: 'simulator', frames: FRAMES, seed: SEED });
    expect(frames).toBe(FRAMES);
    expect(figures['ticksDelivered']).toBe(FRAMES / 100);
    expect(figures['ordersFilled']).toBeGreaterThan(10);
    expect(figures['bytesToAttackers']).toBeGreaterThan(FRAMES);
  });

  it(`do not stop a connection, which survives or restarts (${FRAMES} frames, seed ${SEED})`, async () => {
    const { frames, figures } = await fuzz({ target: 'client', frames: FRAMES, seed: SEED });
    expect(frames).toBe(FRAMES);
    expect(figures['sessions']).toBeGreaterThan(10);
    expect(figures['apiEvents']).toBeGreaterThan(FRAMES);
    expect(figures['framesUndecodable']).toBeGreaterThan(FRAMES / 10);
  });
});

describe('rounds', () => {
  it('are the same for the same seed and number', () => {
    expect(roundFor('client', 5, 3)).toEqual(roundFor('client', 5, 3));
    expect(roundFor('client', 5, 3).frames).not.toEqual(roundFor('client', 6, 3).frames);
    expect(roundFor('simulator', 5, 3).frames).toHaveLength(100);
  });

  it('stay frames when they are damaged', () => {
    const random = seededRandom(1);
    const frame = framed(Buffer.from('1\x006\x00@1\x00'));
    for (let run = 0; run < 500; run += 1) {
      const bytes = mutated(random, frame);
      expect(bytes.readUInt32BE()).toBe(bytes.length - 4);
    }
    expect(withIds(frame, [7, 8]).subarray(4).toString()).toBe('1\x006\x008\x00');
    expect(shown(frame)).toBe('00000007 "1·6·@1·"');
  });
});

describe('smallest', () => {
  it('finds the frames that a failure needs', async () => {
    const frames = Array.from({ length: 100 }, (_, index) => Uint8Array.of(index));
    let tries = 0;
    const found = await smallest(frames, (some) => {
      tries += 1;
      return Promise.resolve(some.some(([value]) => value === 17) && some.some(([value]) => value === 80));
    });
    expect(found).toEqual([Uint8Array.of(17), Uint8Array.of(80)]);
    expect(tries).toBeLessThan(60);
  });
});
