import type { Socket } from 'node:net';

/** Cuts by RST. While a FIN is under way Node cannot send one, and would never let go of the socket: it is closed. */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
