import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResumeTokens, readResumeToken } from './resume-token.js';

describe('resume tokens', () => {
  it('say where a client was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,20}$/u), fc.nat(), fc.string(), (epoch, position, key) => {
        expect(readResumeToken(key, new ResumeTokens(key, epoch).at(position))).toEqual({ epoch, position });
      }),
    );
  });

  it('are none for another topic, and none when they are damaged', () => {
    const token = new ResumeTokens('quotes/SPY', 'e1').at(41_200);
    expect(readResumeToken('quotes/QQQ', token)).toBeUndefined();
    for (let index = 0; index < token.length; index += 1) {
      const damaged = token.slice(0, index) + (token[index] === 'z' ? 'y' : 'z') + token.slice(index + 1);
      expect(readResumeToken('quotes/SPY', damaged), damaged).toBeUndefined();
    }
  });

  it('takes nothing else for one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readResumeToken('quotes/SPY', text)).toBeUndefined();
      }),
    );
    for (const text of ['e1.00.1', 'e1.-1.1', 'e1.1', '', `e1.${'z'.repeat(11)}.0`]) expect(readResumeToken('quotes/SPY', text)).toBeUndefined();
  });
});
