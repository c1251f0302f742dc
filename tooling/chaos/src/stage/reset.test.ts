import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { expect, it, vi } from 'vitest';
import { reset } from './reset.js';

it.each(['open', 'given its FIN in the same turn', 'given its FIN before'] as const)('lets go of a socket that is %s', async (state) => {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const onError = vi.fn();
  socket.on('error', onError);
  try {
    if (state !== 'open') socket.end();
    if (state === 'given its FIN before') await once(socket, 'finish');
    reset(socket);
    await vi.waitFor(() => {
      expect([socket.closed, client.closed]).toEqual([true, true]);
      expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
    }, { timeout: 20_000 });
    expect(onError).not.toHaveBeenCalled();
  } finally {
    client.destroy();
    server.close();
  }
});
