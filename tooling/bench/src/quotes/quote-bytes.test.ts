import { FrameSplitter, createTextCodec } from '@ibkit/wire';
import { expect, it } from 'vitest';
import { quoteRound } from './quote-bytes.js';

it('counts its messages and sums up what a reader must know in the end', () => {
  const codec = createTextCodec({ serverVersion: 193 });
  const latest = new Map<string, number>();
  let messages = 0;
  const splitter = new FrameSplitter({
    onFrame: (payload) => {
      const decoded = codec.decodeServer(payload);
      messages += 1;
      if (decoded.ok && decoded.message.type === 'tickPrice') latest.set(`${decoded.message.reqId} ${decoded.message.tickType}`, decoded.message.price);
    },
  });
  const round = quoteRound([7, 8, 9]);
  for (const update of round.updates) splitter.push(update);
  expect(messages).toBe(round.messages);
  expect([...latest.values()].reduce((sum, price) => sum + price, 0)).toBeCloseTo(round.sum, 6);
  expect(latest.size).toBe(9);
});
