import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { systemClock } from '@ibkit/clock';
import { createSimulator } from '@ibkit/simulator';
import { expect, it } from 'vitest';
import { freePort } from '../testing/scratch.js';
import { probeApi } from './api-probe.js';

const probe = (port: number, timeoutMs = 20_000) => probeApi({ host: '127.0.0.1', port, clientId: 31_999, timeoutMs, clock: systemClock() });

it('is ready for a gateway that answers, also when its client id is taken', async () => {
  await using simulator = await createSimulator({ port: 0, accounts: ['DU1', 'DU2'] });
  expect(await probe(simulator.port)).toEqual({ finding: 'ready', accounts: ['DU1', 'DU2'], serverVersion: 193 });
  simulator.control.inject({ type: 'id-in-use' });
  expect((await probe(simulator.port)).finding).toBe('ready');
});

it.each(['mute-accept', 'mute-ready'] as const)('is not ready for one with the fault %s', async (type) => {
  await using simulator = await createSimulator({ port: 0 });
  simulator.control.inject({ type });
  expect((await probe(simulator.port, 500)).finding).toBe(type === 'mute-accept' ? 'mute' : 'notReady');
});

it('is refused where nobody listens', async () => {
  expect(await probe(await freePort())).toEqual({ finding: 'refused', serverVersion: undefined });
});

it.each<readonly [string, (socket: Socket) => void]>([
  ['nonsense', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a negative length', (socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xfc]))],
  ['an end', (socket) => socket.end()],
])('is mute where %s comes', async (_name, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const found = await probe(typeof address === 'object' && address !== null ? address.port : 0, 1_000);
  expect(found.finding).toBe('mute');
  server.close();
});
