import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import process from 'node:process';
import { createTextCodec } from '@ibkit/wire';
import type { ClientMessage, ServerMessage } from '@ibkit/wire';
import { play } from '../simulator/actor.js';
import { serveFrames } from '../client-frames.js';

/** A broker without orders of its own that takes every order, and notes when it arrives, by the machine's monotonic clock, which all processes share. */
const codec = createTextCodec({ serverVersion: 193 });
const PLACE_ORDER = '3';
/** Look-ups are read and never answered: they are there to be in the way. */
const LOOK_UP = '9';
let orderMs: number[] = [];
let permId = 1_000;
const sockets = new Set<Socket>();

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function answersTo(message: ClientMessage): readonly ServerMessage[] {
  switch (message.type) {
    case 'startApi':
      return [{ type: 'managedAccounts', accountsList: 'DU1234567' }, { type: 'nextValidId', orderId: 1 }];
    case 'reqCurrentTime':
      return [{ type: 'currentTime', time: Math.floor(nowMs() / 1_000) }];
    case 'reqAllOpenOrders':
      return [{ type: 'openOrderEnd' }];
    case 'reqCompletedOrders':
      return [{ type: 'completedOrderEnd' }];
    case 'reqExecutions':
      return [{ type: 'execDetailsEnd', reqId: message.reqId }];
    case 'reqPositions':
      return [{ type: 'positionEnd' }];
    case 'placeOrder':
      permId += 1;
      return [
        {
          type: 'orderStatus', orderId: message.orderId, status: 'Submitted', filled: 0, remaining: 1, avgFillPrice: 0, permId: String(permId), parentId: 0, lastFillPrice: 0,
          clientId: 1, whyHeld: '', mktCapPrice: 0,
        },
      ]; // prettier-ignore
    default:
      return [];
  }
}

function onFrame(socket: Socket, payload: Uint8Array): void {
  const atMs = nowMs();
  const id = Buffer.from(payload.subarray(0, payload.indexOf(0))).toString('latin1');
  if (id === PLACE_ORDER) orderMs.push(atMs);
  if (id === LOOK_UP) return;
  const decoded = codec.decodeClient(payload);
  if (decoded.ok) for (const answer of answersTo(decoded.message)) socket.write(codec.encodeServer(answer));
}

function serve(socket: Socket): void {
  sockets.add(socket);
  serveFrames(socket, (payload) => {
    onFrame(socket, payload);
  });
  socket.on('close', () => sockets.delete(socket));
}

const server = createServer({ noDelay: true }, serve);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
play(
  { port: address !== null && typeof address === 'object' ? address.port : 0 },
  {
    /** When orders have arrived since the last question. */
    stamps: () => {
      const told = { orderMs };
      orderMs = [];
      return told;
    },
    count: () => ({ orders: orderMs.length }),
  },
  () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    return Promise.resolve();
  },
);
