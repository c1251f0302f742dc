import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { createTestClock } from '@ibkit/clock/testing';
import { createTextCodec, encodeFields, encodeFrame, encodeServerHello } from '@ibkit/wire';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { BrokenSetUps } from '../testing/diagnosing.js';
import { diagnose } from './diagnose.js';
import { PROBE_NAMES } from './diagnosis.js';
import type { Diagnosis } from './diagnosis.js';

const setUps = new BrokenSetUps();

afterEach(() => setUps.close());

const TIMEOUT_MS = 20_000;
/** Hanging up has its own second. */
const GOODBYE_MS = 1_000;

const codec = createTextCodec({ serverVersion: 193 });
const HELLO = encodeServerHello({ serverVersion: 193, connectionTime: '20240102 09:30:00 EST' });
const READY = Buffer.concat([codec.encodeServer({ type: 'managedAccounts', accountsList: 'DU1234567' }), codec.encodeServer({ type: 'nextValidId', orderId: 1 })]);

const field = fc.oneof(
  fc.constantFrom('', '0', '-1', '1', '4', '58', '321', '354', '1100', '2103', '10089', '10197', '100000000', '100000001', '2147483647', 'NaN', 'DU1234567', 'Read-Only'),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
);
const frame = fc.tuple(fc.integer({ min: 0, max: 110 }), fc.array(field, { maxLength: 12 })).map(([id, fields]) => encodeFrame(encodeFields([String(id), ...fields])));
const framed = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => encodeFrame(bytes));
const raw = fc.uint8Array({ minLength: 1, maxLength: 60 });
const notice = fc
  .tuple(fc.constantFrom(-1, 0, 100_000_000, 100_000_001, 100_000_006, 100_000_007), fc.constantFrom(100, 162, 200, 321, 326, 354, 1100, 1102, 1300, 2103, 2157, 10_089, 10_167, 10_197), fc.string({ maxLength: 30 }))
  .map(([id, code, msg]) => codec.encodeServer({ type: 'errMsg', id, code, msg: msg.replaceAll(/[^\x20-\x7e]/gu, '?') }));
const bytes = fc.array(fc.oneof(frame, framed, raw, notice), { maxLength: 8 });

/** What a peer says when the client has connected, after its hello, and after each of its later messages; and when it hangs up, if it does. */
interface Script {
  readonly atOnce: readonly Uint8Array[];
  readonly afterHello: readonly Uint8Array[];
  readonly afterMore: readonly Uint8Array[];
  readonly hangUpAfter: number | undefined;
}

const script: fc.Arbitrary<Script> = fc.record({
  atOnce: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: bytes }),
  afterHello: fc.oneof(
    { weight: 3, arbitrary: bytes.map((more) => [HELLO, READY, ...more]) },
    { weight: 1, arbitrary: bytes.map((more) => [HELLO, ...more]) },
    { weight: 1, arbitrary: bytes },
  ),
  afterMore: bytes,
  hangUpAfter: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
});

function play({ atOnce, afterHello, afterMore, hangUpAfter }: Script): (socket: Socket) => void {
  return (socket) => {
    let heard = 0;
    socket.write(Buffer.concat(atOnce));
    if (hangUpAfter === 0) socket.end();
    socket.on('data', () => {
      heard += 1;
      socket.write(Buffer.concat(heard === 1 ? afterHello : afterMore));
      if (heard === hangUpAfter) socket.end();
    });
  };
}

/** Lets the event loop go round, so that bytes which are on their way arrive. */
async function turns(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  for (let turn = 0; turn < 20; turn += 1) {
    const told = new Promise((resolve) => port2.once('message', resolve));
    port1.postMessage(turn);
    await told;
  }
  port1.close();
}

it('settles within its time and never throws, whatever the peer sends, and leaves nothing behind', async () => {
  const codes = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(script, async (peer) => {
      const clock = createTestClock();
      const port = await setUps.listening(createServer(play(peer)));
      let found: Diagnosis | undefined;
      const running = diagnose({ port, clock, timeoutMs: TIMEOUT_MS, otherPorts: [] }).then((diagnosis) => {
        found = diagnosis;
      });
      // Bytes take real time to arrive, the deadlines are the clock's.
      for (let spentMs = 0; found === undefined && spentMs <= TIMEOUT_MS + GOODBYE_MS; spentMs += 500) {
        await Promise.race([running, turns()]);
        await clock.advance(500);
      }
      expect(found).toBeDefined();
      await running;
      expect(found?.probes.map(({ name }) => name)).toEqual(PROBE_NAMES);
      expect(found?.probes.filter(({ status, code, fix }) => (status === 'failed' || status === 'warning') && (code === undefined || fix === undefined))).toEqual([]);
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
      expect(JSON.stringify(found)).not.toContain('DU1234567');
      expect(clock.pending).toBe(0);
      codes.add(found?.cause);
      await setUps.close();
    }),
    { numRuns: 60 },
  );
  // The peers are not all turned away at the door.
  expect(codes.size).toBeGreaterThan(3);
}, 60_000);
