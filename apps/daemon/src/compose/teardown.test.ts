import { describe, expect, it } from 'vitest';
import { Teardown } from './teardown.js';

describe('Teardown', () => {
  it('closes in reverse order, once, and goes on after a failure', async () => {
    const closed: string[] = [];
    const teardown = new Teardown();
    for (const name of ['first', 'second', 'third']) {
      teardown.own({
        close() {
          closed.push(name);
          if (name === 'second') throw new Error('stuck');
        },
      });
    }
    await expect(teardown.close()).rejects.toThrow('stuck');
    await expect(teardown.close()).rejects.toThrow('stuck');
    expect(closed).toEqual(['third', 'second', 'first']);
  });
});
