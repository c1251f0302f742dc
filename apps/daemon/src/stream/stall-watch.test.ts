import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.js';
import { StallWatch } from './stall-watch.js';

/** A socket that takes as much as it is told to. */
class Pipe {
  bufferedBytes = 0;
  takes = true;

  write(bytes: Uint8Array): void {
    if (!this.takes) this.bufferedBytes += bytes.length;
  }

  ping(): void {
    // Nobody answers.
  }

  close(): void {
    this.bufferedBytes = 0;
  }

  terminate(): void {
    this.bufferedBytes = 0;
  }
}

describe('a client is stalled', () => {
  const MESSAGE = { head: 'x'.repeat(1000), tail: undefined, position: 1 };
  const looks = (watch: StallWatch, count: number): readonly boolean[] => Array.from({ length: count }, () => watch.isStalled(200));

  it('when it takes nothing of what it was given for so long, and not when it takes a little of it', () => {
    const pipe = new Pipe();
    const outbox = new Outbox('json', pipe);
    const watch = new StallWatch(outbox, 800);
    pipe.takes = false;
    outbox.push(MESSAGE);
    outbox.flush();
    expect(looks(watch, 4)).toEqual([false, false, false, true]);
    pipe.bufferedBytes -= 1;
    expect(looks(watch, 4)).toEqual([false, false, false, false]);
  });

  it('never by what was not given to it: while a crowd of others has its turn, what waits for it is ours', () => {
    const pipe = new Pipe();
    const outbox = new Outbox('json', pipe);
    const watch = new StallWatch(outbox, 800);
    outbox.push(MESSAGE);
    outbox.flush();
    for (let index = 0; index < 3; index += 1) {
      outbox.push(MESSAGE);
      expect(looks(watch, 20).includes(true)).toBe(false);
    }
    // Given at last, and not taken: only now its time begins.
    pipe.takes = false;
    outbox.flush();
    expect(looks(watch, 4)).toEqual([false, false, false, true]);
  });
});
