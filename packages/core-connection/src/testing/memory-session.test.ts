import { describe, expect, it } from 'vitest';
import { MemorySession } from './memory-session.js';

const TIME = { type: 'reqCurrentTime' } as const;

describe('the session of tests', () => {
  it.each([true, false])('asks in the tick of the bytes whether a message may still leave, as a real one does (waiting: %s)', async (holding) => {
    const session = new MemorySession();
    session.holding = holding;
    let isOver = false;
    const check = (): void => {
      if (isOver) throw new Error('too late');
    };
    const first = session.send(TIME, { check });
    session.release();
    await first;
    session.holding = holding;
    const sending = holding ? session.send(TIME, { check }) : undefined;
    isOver = true;
    const late = sending ?? session.send(TIME, { check });
    session.release();
    await expect(late).rejects.toThrow('too late');
    expect(session.sent).toEqual([TIME]);
  });
});
