import { createServer } from 'node:http';
import { Socket } from 'node:net';
import process from 'node:process';
import { sleep, systemClock } from '@ibkit/clock';
import { StreamHub } from '@ibkit/daemon';
import type { StreamFeed, StreamGuard, StreamTopics } from '@ibkit/daemon';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { numberOf, play, settingsOf } from '../simulator/actor.js';
import type { Told } from '../simulator/actor.js';

/** One quote that changes, for everybody who listens: through the hub of the daemon, or by a bare `ws` that sends the same bytes to all. */
const clock = systemClock();
const settings = settingsOf();
const isHub = settings['kind'] === 'hub';
const events = numberOf(settings, 'events');
const pacedEvents = numberOf(settings, 'pacedEvents');
const pacedMs = numberOf(settings, 'pacedMs');

type Listener = Parameters<StreamTopics['open']>[1]['onEvent'];
type Quote = Readonly<Record<string, unknown>> & { readonly symbol: string; readonly conId: number; readonly mode: 'live'; readonly stale: boolean };

const caller = { tokenId: 'bench', scope: 'read', accounts: undefined, quota: {} } as const;
const guard: StreamGuard = { screen: () => undefined, authorize: () => ({ ok: true, caller }), introduce: () => ({ ok: true, caller }) };

const listeners = new Set<Listener>();
let position = 0;
let quote: Quote = { symbol: 'SPY', conId: 756_733, mode: 'live', stale: false, bid: '450', ask: '450.02' };

function nowUs(): number {
  return Math.round(clock.now() * 1000);
}

const feed: StreamFeed = {
  kind: 'quotes', topic: 'quotes/SPY', durable: false, epoch: undefined, ended: false, error: undefined,
  get state() {
    return { position, tsUs: nowUs(), data: quote };
  },
  history: () => {
    throw new Error('a quote has no history');
  },
  close: () => Promise.resolve(),
};

/** What changes from one event to the next; `last` is when it was told, nanoseconds, so that the far end knows how long it took. */
function nextChange(): Readonly<Record<string, unknown>> {
  const cents = 45_000 + (position % 100);
  return { bid: (cents / 100).toString(), bidSize: String(100 + (position % 7)), ask: ((cents + 2) / 100).toString(), askSize: '300', last: process.hrtime.bigint().toString(), receivedAtUs: nowUs() };
}

const sockets = new Set<Socket>();
const server = createServer();
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});

const hub = new StreamHub({
  topics: {
    open: (_topic, { onEvent }) => {
      listeners.add(onEvent);
      return feed;
    },
  },
  accountFacts: { unknownOrders: () => 0 }, guard, clock, version: 'bench', limits: { connections: 2000, unknownConnections: 2000, stallMs: 10_000 },
});
const crowd = new Set<WebSocket>();
const bare = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on('upgrade', (request, socket, head) => {
  if (isHub) hub.onUpgrade(request, socket, head);
  else {
    bare.handleUpgrade(request, socket, head, (webSocket) => {
      if (socket instanceof Socket) socket.setNoDelay(true);
      crowd.add(webSocket);
      webSocket.on('close', () => crowd.delete(webSocket));
      // A subscription, of which it knows nothing.
      webSocket.on('message', () => undefined);
    });
  }
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the server is not listening');

/** One change, to everybody. */
function tell(): void {
  position += 1;
  const data = nextChange();
  quote = { ...quote, ...data };
  const tsUs = nowUs();
  if (isHub) {
    for (const listener of listeners) listener({ kind: 'delta', position, tsUs, data, notable: false });
    return;
  }
  // As many bytes as the hub sends, made once.
  const bytes = Buffer.from(`{"id":1,"seq":${position},"t":"delta","at":"AbCdEfGh2.${position.toString(36)}.1abcdef","tsUs":${tsUs},"data":${JSON.stringify(data)}}`);
  for (const webSocket of crowd) webSocket.send(bytes, { binary: false });
}

function waitingBytes(): number {
  let sum = 0;
  for (const socket of sockets) sum += socket.writableLength;
  return sum;
}

/** Each change in a turn of its own, as fast as the far ends take them. */
async function blast(): Promise<Told> {
  const before = process.cpuUsage();
  for (let index = 0; index < events; index += 1) {
    tell();
    await sleep(clock, 0);
    if (index % 20 === 19) while (waitingBytes() > 0) await sleep(clock, 2);
  }
  while (waitingBytes() > 0) await sleep(clock, 2);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, events };
}

/** Evenly over the time. */
async function pace(): Promise<Told> {
  const before = process.cpuUsage();
  const startMs = clock.monotonic();
  for (let index = 0; index < pacedEvents; index += 1) {
    const waitMs = startMs + (index * pacedMs) / pacedEvents - clock.monotonic();
    if (waitMs > 0) await sleep(clock, waitMs);
    tell();
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, events: pacedEvents };
}

/** More than any buffer between the two ends holds, until whoever takes nothing is cut. */
async function flood(): Promise<Told> {
  const untilMs = clock.monotonic() + 40_000;
  while (hub.stats().cut < numberOf(settings, 'stalled') && clock.monotonic() < untilMs) {
    for (let index = 0; index < 20; index += 1) tell();
    await sleep(clock, 5);
  }
  return { ...hub.stats() };
}

let mostBuffered = 0;
let watch: { cancel(): void } | undefined;

/** The most that lay in wait for any one client. */
function look(): void {
  for (const { bufferedBytes } of hub.clients().connections) mostBuffered = Math.max(mostBuffered, bufferedBytes);
  watch = clock.setTimer(20, look);
}

if (settings['watch'] === true) look();

play({ port: address.port }, {
  blast,
  pace,
  flood,
  stats: () => ({ ...hub.stats(), mostBuffered }),
}, async () => {
  watch?.cancel();
  await hub.close();
  for (const webSocket of crowd) webSocket.terminate();
  server.closeAllConnections();
  server.close();
});
