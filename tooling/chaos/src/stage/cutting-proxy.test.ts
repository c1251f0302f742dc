import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CuttingProxy } from './cutting-proxy.js';
import type { CutPoint } from './cutting-proxy.js';

function frame(text: string): Buffer {
  const payload = Buffer.from(text.replaceAll('|', '\0'));
  const header = Buffer.alloc(4);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

/** What a server got of a client that says something, an order and something else, through a proxy that cuts the order. */
async function through(point: CutPoint | undefined): Promise<{ readonly got: string; readonly cuts: number }> {
  const got: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      got.push(chunk);
      if (Buffer.concat(got).includes('3\0order\0')) socket.write('answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const address = server.address();
  await using proxy = await CuttingProxy.start(() => (address !== null && typeof address === 'object' ? address.port : 0));
  if (point !== undefined) proxy.arm({ message: 'placeOrder', point, how: 'fin', part: 0.5 });
  const client = connect({ host: '127.0.0.1', port: proxy.port });
  client.on('error', () => undefined);
  await once(client, 'connect');
  client.write(Buffer.concat([Buffer.from('API\0'), frame('49|1|'), frame('3|order|'), frame('4|other|')]));
  if (point === undefined) await once(client, 'data');
  // The cut ends it.
  if (point !== 'answered') client.end();
  await once(client, 'close');
  const [atServer] = await accepted;
  if (!atServer.closed) await once(atServer, 'close');
  server.close();
  return { got: Buffer.concat(got).toString('latin1').replaceAll('\0', '|'), cuts: proxy.cutsDone };
}

describe('the proxy that cuts', () => {
  it('passes everything on when it is not told to cut', async () => {
    const { got, cuts } = await through(undefined);
    expect(got).toMatch(/^API\|.*49\|1\|.*3\|order\|.*4\|other\|$/su);
    expect(cuts).toBe(0);
  });

  it.each([
    ['before', 0],
    ['inside', 6],
    ['behind', 12],
    // What comes before the answer is passed on.
    ['answered', 24],
  ] as const)('cuts %s an order and lets the server have what left', async (point, bytes) => {
    const whole = 'API|' + '\u0000\u0000\u0000\u0005' + '49|1|' + '\u0000\u0000\u0000\u0008' + '3|order|' + '\u0000\u0000\u0000\u0008' + '4|other|';
    const left = whole.length - 24 + bytes;
    const { got, cuts } = await through(point);
    expect(got).toHaveLength(left);
    expect(got.endsWith(whole.slice(left - 1, left).replaceAll('\0', '|'))).toBe(true);
    expect(cuts).toBe(1);
  });
});
