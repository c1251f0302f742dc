import type { Socket } from 'node:net';
import { ClientHelloReader, FrameSplitter, encodeServerHello } from '@ibkit/wire';

/** Greets a client as a gateway of server version 193 does, and gives the payload of each of its frames. */
export function serveFrames(socket: Socket, onFrame: (payload: Uint8Array) => void): void {
  const hello = new ClientHelloReader();
  const splitter = new FrameSplitter({ onFrame });
  let greeted = false;
  socket.on('error', () => {
    socket.destroy();
  });
  socket.on('data', (chunk: Buffer) => {
    if (greeted) {
      splitter.push(chunk);
      return;
    }
    const result = hello.push(chunk);
    if (result.status !== 'complete') return;
    greeted = true;
    socket.write(encodeServerHello({ serverVersion: 193, connectionTime: '20260302 14:30:00 UTC' }));
    splitter.push(result.rest);
  });
}
