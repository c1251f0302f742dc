import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { ChunkPool, OutputBuffer } from './output-buffer.js';

class CountingPool extends ChunkPool {
  out = 0;
  most = 0;

  override take(): Uint8Array {
    this.out += 1;
    this.most = Math.max(this.most, this.out);
    return super.take();
  }

  override give(chunk: Uint8Array): void {
    this.out -= 1;
    // Whoever still reads the chunk will notice.
    chunk.fill(0xee);
    super.give(chunk);
  }
}

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function pair(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const far = connect({ port: address.port, host: '127.0.0.1' });
  const near = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  closers.push(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('straight' as const), length: fc.integer({ min: 1, max: 320 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('frame' as const), length: fc.integer({ min: 1, max: 5_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('frame' as const), length: fc.integer({ min: 4_000, max: 60_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), length: fc.constant(0) }) },
);

it('hands over every byte once and in order, and takes its chunks back when the reader has taken everything', async () => {
  const [near, far] = await pair();
  const pool = new CountingPool();
  let sent: Buffer[] = [];
  let got: Buffer[] = [];
  let gotBytes = 0;
  let wanted: (() => void) | undefined;
  far.on('data', (chunk: Buffer) => {
    got.push(chunk);
    gotBytes += chunk.length;
    wanted?.();
  });
  let value = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
      const buffer = new OutputBuffer(pool);
      sent = [];
      got = [];
      gotBytes = 0;
      const sizes: number[] = [];
      for (const { kind, length } of [...steps, { kind: 'flush' as const, length: 0 }]) {
        if (kind === 'flush') {
          buffer.flush(near);
          sizes.push(buffer.size);
          continue;
        }
        value = (value + 1) % 200;
        const bytes = Buffer.alloc(length, value);
        sent.push(bytes);
        const before = buffer.size;
        if (kind === 'frame') {
          buffer.append(bytes);
        } else {
          const room = buffer.room(length);
          room.set(bytes, buffer.end);
          buffer.commit(buffer.end + length);
        }
        expect(buffer.size).toBe(before + length);
      }
      expect(sizes.every((size) => size === 0)).toBe(true);
      const all = Buffer.concat(sent);
      while (gotBytes < all.length) {
        await new Promise<void>((resolve) => {
          wanted = resolve;
        });
      }
      expect(Buffer.concat(got).equals(all)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('does not tie memory up for the few bytes that a client leaves unread', async () => {
  const [near, far] = await pair();
  far.pause();
  const pool = new CountingPool();
  const buffer = new OutputBuffer(pool);
  // As much as the system takes, and more.
  while (near.writableLength === 0) {
    buffer.append(Buffer.alloc(200_000));
    buffer.flush(near);
  }
  for (let tick = 0; tick < 2_000; tick += 1) {
    buffer.append(Buffer.alloc(30, 1));
    buffer.flush(near);
  }
  expect(near.writableLength).toBeGreaterThanOrEqual(60_000);
  expect(pool.out).toBe(0);
  expect(pool.most).toBe(1);
});

it('forgets what is cleared', () => {
  const pool = new CountingPool();
  const buffer = new OutputBuffer(pool);
  for (let frame = 0; frame < 100; frame += 1) buffer.append(Buffer.alloc(1_000));
  expect(buffer.size).toBe(100_000);
  buffer.clear();
  expect([buffer.size, pool.out]).toEqual([0, 0]);
});
