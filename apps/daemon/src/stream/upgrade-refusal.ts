import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiProblem } from '@ibkit/api-contract';

/** Answers a request to open a stream that is refused, as every other refused request is answered, and hangs up. */
export function refuseUpgrade(socket: Duplex, problem: ApiProblem): void {
  const body = Buffer.from(JSON.stringify(problem));
  const { status } = problem;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    ...(status === 405 ? ['Allow: GET'] : []),
    ...(status === 426 ? ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'] : []),
    'Connection: close',
  ].join('\r\n');
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]));
  // A caller that does not hang up itself is not waited for.
  socket.once('finish', () => socket.destroy());
}
