import type { Random } from '@ibkit/clock';
import { createTextCodec } from '@ibkit/wire';
import { SERVER_MESSAGE_TYPES, sampleServerFrame } from '@ibkit/wire/testing';
import { addressed } from './round.js';

/** Streams get these most of the time. */
const FREQUENT = ['tickPrice', 'tickSize', 'tickString', 'tickGeneric', 'tickOptionComputation', 'tickByTick', 'historicalData', 'errMsg', 'orderStatus', 'marketDepth', 'realTimeBar'] as const;

/** Codes that mean something: to requests, to farms, to the link, to the client id, to the pace. Not 1300: whoever is told of another port goes there. */
const CODES = [100, 101, 102, 103, 104, 110, 135, 161, 162, 200, 201, 202, 300, 317, 320, 321, 322, 326, 354, 366, 382, 399, 404, 420, 430, 434, 501, 502, 504, 507, 1100, 1101, 1102, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2110, 2148, 2157, 2158, 10089, 10090, 10147, 10148, 10167, 10182, 10187, 10190, 10197] as const;
const codec = createTextCodec({ serverVersion: 193 });

function noticeFrame(random: Random): Uint8Array {
  const code = CODES[Math.floor(random.next() * CODES.length)] ?? 200;
  const msg = `notice ${code}:usfarm`;
  return codec.encodeServer({ type: 'errMsg', id: random.next() < 0.5 ? -1 : 1, code, msg });
}

/** A valid answer of any type with any values, half of them under an id that somebody waits for. */
export function serverFrame(random: Random): Uint8Array {
  if (random.next() < 0.05) return random.next() < 0.5 ? addressed(random, noticeFrame(random)) : noticeFrame(random);
  const types = random.next() < 0.4 ? FREQUENT : SERVER_MESSAGE_TYPES;
  const frame = sampleServerFrame(types[Math.floor(random.next() * types.length)] ?? 'tickPrice', { random });
  return random.next() < 0.5 ? addressed(random, frame) : frame;
}
