import { createTextCodec, encodeFields, encodeFrame } from '@ibkit/wire';
import fc from 'fast-check';
import { EventName } from '@stoqey/ib';
import { afterEach, expect, it } from 'vitest';
import { Loopback } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const MARKER = createTextCodec({ serverVersion: 193 }).encodeServer({ type: 'errMsg', id: -1, code: 2999, msg: 'still here' });

const field = fc.oneof(
  fc.constantFrom('', '0', '-1', '1', '3', '100000000', '2147483647', '1.7976931348623157E308', 'NaN', '{"a":', '\\u00zz', 'USD', 'SPY'),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
);
const frame = fc.tuple(fc.integer({ min: 0, max: 110 }), fc.array(field, { maxLength: 30 })).map(([id, fields]) => encodeFrame(encodeFields([String(id), ...fields])));
const noise = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => encodeFrame(bytes));
const torn = fc.uint8Array({ minLength: 4, maxLength: 40 });

it('goes on after any frame, and ends with a typed reason after bytes that are no frames', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(frame, noise), { maxLength: 25 }), fc.option(torn, { nil: undefined }), async (frames, tail) => {
      const { connection, client } = await loopback.connected({ heartbeat: false, autoReconnect: false });
      for (const name of [EventName.all, EventName.received, EventName.error]) connection.api.addListener(name, () => undefined);
      const marked = new Promise<string>((resolve) => {
        connection.events.on('notice.received', ({ code }) => {
          if (code === 2999) resolve('goes on');
        });
      });
      // 1300 is a frame like any other for chance, and it rightly ends the session.
      const ended = connection.session?.closed.then((end) => end.kind);
      client.sendRaw(Buffer.concat([...frames, MARKER]));
      expect(['goes on', 'portChanged']).toContain(await Promise.race([marked, ended]));
      if (tail !== undefined) client.sendRaw(tail);
      client.hangUp();
      expect(['framing', 'peerClosed', 'portChanged']).toContain(await ended);
      await loopback.close();
    }),
    { numRuns: 150 },
  );
});
