import http from 'node:http';
import https from 'node:https';
import { WebSocket } from 'ws';
import type { ResolvedEndpoint } from '../endpoint.js';
import type { HttpAnswer, HttpRequest, Platform, Socket, SocketRequest } from './platform.js';
import { retryAfterMs } from './retry-after.js';

/** The most that an answer may weigh, in bytes: more than the largest page of the API. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** The one name that the daemon has on its Unix socket. */
const UNIX_HOST = 'ibkitd';

interface Route {
  readonly agent: http.Agent;
  readonly options: http.RequestOptions;
  /** A Unix socket has no name of its own. */
  readonly host: Readonly<Record<string, string>>;
  readonly socketUrl: string;
}

function routeOf({ url, socketPath, ca, cert, key }: ResolvedEndpoint): Route {
  const secure = url.protocol === 'https:';
  const agent = secure ? new https.Agent({ keepAlive: true, ca, cert, key }) : new http.Agent({ keepAlive: true });
  const base = url.pathname.replace(/\/$/u, '');
  if (socketPath !== undefined) return { agent, options: { socketPath, agent, protocol: 'http:' }, host: { host: UNIX_HOST }, socketUrl: `ws+unix:${socketPath}:${base}/v1/stream` };
  return { agent, options: { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/gu, ''), port: url.port, agent }, host: {}, socketUrl: `${secure ? 'wss' : 'ws'}://${url.host}${base}/v1/stream` };
}

function answerOf(message: http.IncomingMessage): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > LARGEST_ANSWER) message.destroy(new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`));
    });
    message.once('error', reject);
    message.once('aborted', () => { reject(new Error('the answer was cut off')); });
    message.once('end', () => {
      resolve({ status: message.statusCode ?? 0, contentType: message.headers['content-type'] ?? '', retryAfterMs: retryAfterMs(message.headers['retry-after']), text: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  return Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** HTTP and WebSocket of Node: header authorisation, Unix sockets, own certificate authorities. */
export function nodePlatform(endpoint: ResolvedEndpoint): Platform {
  const { agent, options, host, socketUrl } = routeOf(endpoint);
  const base = endpoint.url.pathname.replace(/\/$/u, '');
  return {
    headers: true,
    request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
      return new Promise((resolve, reject) => {
        const send = options.protocol === 'https:' ? https.request : http.request;
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const request = send({ ...options, method, path: `${base}${path}`, headers: { ...host, ...headers, ...length }, signal });
        request.once('error', reject);
        request.once('response', (message) => { answerOf(message).then(resolve, reject); });
        request.end(body);
      });
    },
    openSocket({ protocol, token, listener }: SocketRequest): Socket {
      const socket = new WebSocket(socketUrl, [protocol], {
        headers: { ...host, authorization: `Bearer ${token}` }, ca: endpoint.ca, cert: endpoint.cert, key: endpoint.key, perMessageDeflate: false, handshakeTimeout: endpoint.timeoutMs, maxPayload: LARGEST_ANSWER,
      }); // prettier-ignore
      let error: unknown;
      socket.on('open', listener.onOpen);
      socket.on('message', (data, isBinary) => { listener.onMessage(isBinary ? bytesOf(data) : bytesText(bytesOf(data))); });
      // The first is the reason; what follows comes of ending the socket.
      socket.on('error', (cause) => { error ??= cause; });
      // The body of a refused upgrade says why; without a listener `ws` would throw it away.
      socket.on('unexpected-response', (request, message) => {
        answerOf(message).then(({ status, text }) => { error ??= { status, text }; }, (cause: unknown) => { error ??= cause; }).finally(() => { request.destroy(); socket.terminate(); });
      }); // prettier-ignore
      socket.on('close', (code, reason) => { listener.onClose({ code, reason: reason.toString('utf8'), error }); });
      return {
        send: (data) => { if (socket.readyState === WebSocket.OPEN) socket.send(data); },
        terminate: () => { socket.terminate(); },
        close: (code, reason) => { socket.close(code, reason); },
      };
    },
    close: () => { agent.destroy(); },
  };
}

function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
