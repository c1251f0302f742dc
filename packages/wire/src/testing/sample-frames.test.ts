import { describe, expect, it } from 'vitest';
import { createTextCodec } from '../codec.js';
import { CLIENT_MESSAGE_TYPES, SERVER_MESSAGE_TYPES, sampleClientFrame, sampleServerFrame } from '../testing.js';
import { CLIENT_LAYOUTS, SERVER_LAYOUTS } from '../messages.js';
import { Draw } from './sample-message.js';

const codec = createTextCodec({ serverVersion: 193 });

describe('sample frames', () => {
  it.each(CLIENT_MESSAGE_TYPES)('are read as what they are: %s', (type) => {
    const random = new Draw(7);
    for (let run = 0; run < 20; run += 1) {
      const decoded = codec.decodeClient(sampleClientFrame(type, { random }).subarray(4));
      expect(decoded.ok ? decoded.message.type : decoded.failure).toBe(type);
    }
  });

  it.each(SERVER_MESSAGE_TYPES)('are read as what they are: %s', (type) => {
    const random = new Draw(7);
    for (let run = 0; run < 20; run += 1) {
      const decoded = codec.decodeServer(sampleServerFrame(type, { random }).subarray(4));
      expect(decoded.ok ? decoded.message.type : decoded.failure).toBe(type);
    }
  });

  it('know every message that the codec knows', () => {
    expect([[...CLIENT_MESSAGE_TYPES].sort(), [...SERVER_MESSAGE_TYPES].sort()]).toEqual([Object.keys(CLIENT_LAYOUTS).sort(), Object.keys(SERVER_LAYOUTS).sort()]);
  });

  it('are the same for the same chance', () => {
    const request = sampleClientFrame('placeOrder', { random: new Draw(1) });
    expect(sampleClientFrame('placeOrder', { random: new Draw(1) })).toEqual(request);
    expect(sampleClientFrame('placeOrder', { random: new Draw(2) })).not.toEqual(request);
    const one = sampleServerFrame('openOrder', { random: new Draw(1) });
    expect(sampleServerFrame('openOrder', { random: new Draw(1) })).toEqual(one);
    expect(sampleServerFrame('openOrder', { random: new Draw(2) })).not.toEqual(one);
  });
});
