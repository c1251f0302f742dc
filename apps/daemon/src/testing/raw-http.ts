import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A socket to the API for what no HTTP client would send. */
export async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Everything that the other side says until it hangs up. */
export async function untilClosed(socket: Socket): Promise<string> {
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // A reset instead of an orderly end closes the socket too.
  socket.on('error', () => undefined);
  if (!socket.destroyed) await once(socket, 'close');
  return said;
}

/** Sends a text and resolves with the answer, which must end the connection. */
export async function exchange(url: string, text: string): Promise<string> {
  const socket = await rawSocket(url);
  const answer = untilClosed(socket);
  socket.write(text);
  return await answer;
}
