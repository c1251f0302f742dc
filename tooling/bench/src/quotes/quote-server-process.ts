import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { createTextCodec } from '@ibkit/wire';
import type { ClientMessage } from '@ibkit/wire';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import { SYMBOLS, quoteRound } from './quote-bytes.js';
import type { QuoteRound } from './quote-bytes.js';
import { serveFrames } from '../client-frames.js';

/** A gateway with one client and 100 lines, that sends bytes which were made beforehand. A positionEnd tells the reader that this is all. */
const clock = systemClock();
const codec = createTextCodec({ serverVersion: 193 });
const MARKER = codec.encodeServer({ type: 'positionEnd' });
const settings = settingsOf();
const rounds = numberOf(settings, 'rounds');
const seconds = numberOf(settings, 'seconds');
const perSecond = numberOf(settings, 'perSecond');

const requestIds: number[] = [];
let client: Socket | undefined;
let round: QuoteRound | undefined;

function answer(socket: Socket, message: ClientMessage): void {
  if (message.type === 'startApi') {
    client = socket;
    socket.write(codec.encodeServer({ type: 'managedAccounts', accountsList: 'DU1234567' }));
    socket.write(codec.encodeServer({ type: 'nextValidId', orderId: 1 }));
  } else if (message.type === 'reqCurrentTime') {
    socket.write(codec.encodeServer({ type: 'currentTime', time: Math.floor(clock.now() / 1000) }));
  } else if (message.type === 'reqMktData' && requestIds.length < SYMBOLS) {
    requestIds.push(message.reqId);
    socket.write(codec.encodeServer({ type: 'marketDataType', reqId: message.reqId, marketDataType: 1 }));
    socket.write(codec.encodeServer({ type: 'tickReqParams', reqId: message.reqId, minTick: 0.01, bboExchange: '9c0001', snapshotPermissions: 3 }));
  }
}

const server = createServer({ noDelay: true }, (socket) => {
  serveFrames(socket, (payload) => {
    const decoded = codec.decodeClient(payload);
    if (decoded.ok) answer(socket, decoded.message);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the server is not listening');

function made(): QuoteRound {
  round ??= quoteRound(requestIds);
  return round;
}

/** Writes without ever holding more than the socket wants. */
async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}

/** Everything as fast as the reader takes it. */
async function blast(): Promise<number> {
  const { updates, messages } = made();
  const bytes = Buffer.concat(updates);
  for (let left = rounds; left > 0; left -= 1) if (client !== undefined) await write(client, bytes);
  client?.write(MARKER);
  return messages * rounds;
}

/** A fixed number of messages per second, each millisecond its share, in whole updates; ends with a whole round. */
async function pace(): Promise<number> {
  const { updates, messages } = made();
  const most = Math.ceil((perSecond * seconds) / messages) * updates.length;
  const fromMs = clock.monotonic();
  let sent = 0;
  while (sent < most) {
    const due = Math.min(most, Math.floor(((clock.monotonic() - fromMs) / 1000) * perSecond * (updates.length / messages)));
    const share: Uint8Array[] = [];
    for (; sent < due; sent += 1) share.push(updates[sent % updates.length] ?? MARKER);
    if (share.length > 0) client?.write(Buffer.concat(share));
    await sleep(clock, 1);
  }
  client?.write(MARKER);
  return (messages * most) / updates.length;
}

play(
  { port: address.port },
  {
    lines: () => ({ count: requestIds.length }),
    sum: () => ({ sum: made().sum }),
    blast: async () => ({ messages: await blast() }),
    pace: async () => ({ messages: await pace() }),
  },
  () => {
    process.exit();
  },
);
