import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { StreamSocket } from './stream-ports.js';

/**
 * A WebSocket as the stream writes to it: whole frames go straight to the socket, so that what many subscribers share is not encoded, copied or framed
 * once for each by the library, and several messages leave in one call of the system. Control frames and what arrives are the library's.
 */
export function webSocketPort(webSocket: WebSocket, socket: Duplex): StreamSocket {
  const isOpen = (): boolean => webSocket.readyState === webSocket.OPEN && socket.writable;
  return {
    get bufferedBytes() {
      return socket.writableLength;
    },
    write: (bytes) => {
      if (isOpen()) socket.write(bytes);
    },
    ping: () => {
      if (isOpen()) webSocket.ping();
    },
    close: (code, reason) => {
      webSocket.close(code, reason);
    },
    terminate: () => {
      webSocket.terminate();
    },
  };
}
