import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { createTestClock } from '@ibkit/clock/testing';
import { expect, it, vi } from 'vitest';
import { ClientConnection } from './client-connection.js';
import { ChunkPool } from './output-buffer.js';

it('lets go of a client that is cut by RST in the turn in which it was given its FIN', async () => {
  const clock = createTestClock();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const onEnded = vi.fn();
  const onGone = vi.fn();
  const connection = new ClientConnection({
    socket,
    chunks: new ChunkPool(),
    clock,
    shapeClock: clock,
    versions: { min: 100, max: 187 },
    connectionTime: () => '20261120 10:00:00 America/New_York',
    handshakeTimeoutMs: 5_000,
    maxPendingBytes: 1_000_000,
    neverAnswer: false,
    forcedVersion: () => undefined,
    shape: () => undefined,
    onVersion: () => undefined,
    onFrame: () => undefined,
    onEnded,
    onGone,
  });
  try {
    connection.end('it is time');
    connection.reset('at once');
    await vi.waitFor(() => {
      expect(onGone).toHaveBeenCalledOnce();
      expect(client.closed).toBe(true);
      // The socket is not only called closed: the handle is gone.
      expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
    }, { timeout: 20_000 });
    expect(onEnded.mock.calls).toEqual([['it is time']]);
    expect(clock.pending).toBe(0);
  } finally {
    client.destroy();
    server.close();
  }
});
