import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import process from 'node:process';
import { createTextCodec } from '@ibkit/wire';
import { play } from '../simulator/actor.js';
import { serveFrames } from '../client-frames.js';

/** A gateway that notes when each message arrives, by the machine's monotonic clock, which all processes share. It answers a market data request with one tick. */
const codec = createTextCodec({ serverVersion: 193 });
const REQ_MKT_DATA = 1;
const PLACE_ORDER = 3;
let dataMs: number[] = [];
let orderMs: number[] = [];
let upMs = 0;
let port = 0;
const sockets = new Set<Socket>();

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function onFrame(socket: Socket, payload: Uint8Array): void {
  const atMs = nowMs();
  const [idText = '', , second = ''] = Buffer.from(payload).toString('latin1').split('\0', 3);
  const messageId = Number(idText);
  if (messageId === PLACE_ORDER) {
    orderMs.push(atMs);
  } else if (messageId === REQ_MKT_DATA) {
    dataMs.push(atMs);
    socket.write(codec.encodeServer({ type: 'tickPrice', reqId: Number(second) || Number(idText), tickType: 1, price: 100, size: 1, attrMask: 0 }));
  } else if (messageId === 71) {
    socket.write(codec.encodeServer({ type: 'managedAccounts', accountsList: 'DU1234567' }));
    socket.write(codec.encodeServer({ type: 'nextValidId', orderId: 1 }));
  } else if (messageId === 49) {
    socket.write(codec.encodeServer({ type: 'currentTime', time: 1_772_461_800 }));
  }
}

function serve(socket: Socket): void {
  sockets.add(socket);
  serveFrames(socket, (payload) => {
    onFrame(socket, payload);
  });
  socket.on('close', () => sockets.delete(socket));
}

let server: Server | undefined;

async function open(): Promise<void> {
  const opened = createServer({ noDelay: true }, serve);
  server = opened;
  await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
  const address = opened.address();
  if (address !== null && typeof address === 'object') ({ port } = address);
  upMs = nowMs();
}

function shut(): void {
  server?.close();
  for (const socket of sockets) socket.resetAndDestroy();
}

await open();
play(
  { port },
  {
    /** What has arrived since the last question. */
    stamps: () => {
      const told = { dataMs, orderMs, upMs };
      dataMs = [];
      orderMs = [];
      return told;
    },
    count: () => ({ data: dataMs.length, orders: orderMs.length }),
    shut: () => {
      shut();
      return {};
    },
    open: async () => {
      await open();
      return {};
    },
  },
  () => {
    shut();
    return Promise.resolve();
  },
);
