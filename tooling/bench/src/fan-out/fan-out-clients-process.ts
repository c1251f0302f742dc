import { encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';
import process from 'node:process';
import { STREAM_PROTOCOLS } from '@ibkit/api-contract';
import { numberOf, play, settingsOf } from '../simulator/actor.js';

/** Some of the clients, in a process of their own so that what they cost is not counted. */
const settings = settingsOf();
const port = numberOf(settings, 'port');
const count = numberOf(settings, 'count');
const kinds: readonly { readonly mode: string; readonly isPacked: boolean }[] = settings['mixed'] === true
  ? ['all', 'latest', 'sampled'].flatMap((mode) => [{ mode, isPacked: false }, { mode, isPacked: true }])
  : [{ mode: 'all', isPacked: false }];
const stalled = numberOf(settings, 'stalled');

let [received, isTimed] = [0, false];
const waits: number[] = [];
const bytes = new Map<string, { bytes: number; messages: number; clients: number }>();
const endings: string[] = [];
const sockets: WebSocket[] = [];

function note(name: string, data: Buffer): void {
  const sum = bytes.get(name) ?? { bytes: 0, messages: 0, clients: 0 };
  bytes.set(name, { ...sum, bytes: sum.bytes + data.length, messages: sum.messages + 1 });
}

function lastOf(data: Buffer): bigint | undefined {
  const text = /"last":"(\d+)"/u.exec(data.toString('latin1'))?.[1];
  return text === undefined ? undefined : BigInt(text);
}

async function open(index: number): Promise<void> {
  const { mode, isPacked } = kinds[index % kinds.length] ?? { mode: 'all', isPacked: false };
  const name = `${mode} ${isPacked ? 'MessagePack' : 'JSON'}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/stream`, isPacked ? STREAM_PROTOCOLS.msgpack : STREAM_PROTOCOLS.json, { headers: { authorization: 'Bearer bench' }, perMessageDeflate: false });
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => endings.push(`${code} ${reason.toString('utf8')}`));
  socket.on('message', (data: Buffer) => {
    received += 1;
    if (settings['mixed'] === true) note(name, data);
    if (!isTimed) return;
    const toldAt = lastOf(data);
    if (toldAt !== undefined) waits.push(Number(process.hrtime.bigint() - toldAt) / 1e6);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const message = { t: 'sub', id: 1, topic: 'quotes/SPY', mode, minIntervalMs: 250 };
  if (isPacked) {

    socket.send(encode(message));
  } else socket.send(JSON.stringify(message));
  bytes.set(name, { bytes: 0, messages: 0, clients: (bytes.get(name)?.clients ?? 0) + 1 });
  if (index >= count - stalled) socket.pause();
}

for (let index = 0; index < count; index += 1) await open(index);

play({ open: count }, {
  begin: () => {
    received = 0;
    isTimed = false;
    return {};
  },
  time: () => {
    waits.length = 0;
    isTimed = true;
    received = 0;
    return {};
  },
  count: () => ({ received }),
  waits: () => {
    waits.sort((a, b) => a - b);
    return { p50: waits[Math.floor(waits.length * 0.5)] ?? Number.NaN, p99: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN, worst: waits.at(-1) ?? Number.NaN, count: waits.length };
  },
  bytes: () => Object.fromEntries(bytes),
  wake: () => {
    for (const socket of sockets.slice(count - stalled)) socket.resume();
    return {};
  },
  endings: () => ({ endings }),
}, () => {
  for (const socket of sockets) socket.terminate();
  return Promise.resolve();
});
