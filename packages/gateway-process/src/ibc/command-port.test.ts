import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { systemClock } from '@ibkit/clock';
import { createTestClock } from '@ibkit/clock/testing';
import { describe, expect, it } from 'vitest';
import { freePort } from '../testing/scratch.js';
import { sendCommand } from './command-port.js';
import type { GatewayCommand } from '../drivers/driver.js';

async function answering(answer: (socket: Socket, line: string) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      answer(socket, bytes.toString());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('sendCommand', () => {
  it.each<readonly [string, string]>([
    ['OK\n', ''],
    ['INFO one\r\nINFO two\r\nOK done well\r\n', 'done well'],
    ['IBC> OK after a prompt\n', 'after a prompt'],
    ['INFO it is OK to wait, no ERROR\nOK now\n', 'now'],
  ])('reads %j', async (text, expected) => {
    const seen: string[] = [];
    await using server = await answering((socket, line) => {
      seen.push(line);
      // However it is cut.
      for (const letter of text) socket.write(letter);
    });
    expect(await sendCommand('RECONNECTDATA', { port: server.port, timeoutMs: 20_000, clock: systemClock() })).toBe(expected);
    expect(seen).toEqual(['RECONNECTDATA\n']);
  });

  it.each<readonly [string, GatewayCommand, (socket: Socket) => void, string, boolean]>([
    ['a refusal', 'ENABLEAPI', (socket) => socket.write('ERROR Command not valid\n'), 'Command not valid', false],
    ['a refusal without a reason', 'ENABLEAPI', (socket) => socket.write('ERROR\n'), 'it answered ERROR', false],
    ['a refusal that is cut off', 'RESTART', (socket) => socket.end('ERROR not logged in'), 'not logged in', false],
    ['an end without an answer', 'RECONNECTDATA', (socket) => socket.end(), 'it closed the connection', true],
    ['an answer without end', 'RECONNECTDATA', (socket) => socket.write('x'.repeat(70_000)), 'without end', false],
  ])('fails at %s', async (_name, command, answer, part, retryable) => {
    await using server = await answering(answer);
    await expect(sendCommand(command, { port: server.port, timeoutMs: 20_000, clock: systemClock() })).rejects.toMatchObject({
      code: 'IBKR_GATEWAY_COMMAND_FAILED',
      message: expect.stringContaining(part) as string,
      retryable,
    });
  });

  it('takes an answer that the end of the connection cut off', async () => {
    await using server = await answering((socket) => socket.end('OK done'));
    expect(await sendCommand('RECONNECTDATA', { port: server.port, timeoutMs: 20_000, clock: systemClock() })).toBe('done');
  });

  it('takes the end of the connection as the end of the gateway where that was asked for', async () => {
    await using server = await answering((socket) => socket.end());
    expect(await sendCommand('STOP', { port: server.port, timeoutMs: 20_000, clock: systemClock() })).toBe('');
  });

  it('gives up after its time, and says when nobody is there', async () => {
    const clock = createTestClock();
    let heard = (): void => undefined;
    const asked = new Promise<void>((resolve) => { heard = resolve; });
    await using server = await answering(() => {
      heard();
    });
    const sent = expect(sendCommand('STOP', { port: server.port, timeoutMs: 5_000, clock })).rejects.toMatchObject({ message: expect.stringContaining('no answer within 5000 ms') as string });
    await asked;
    await clock.advance(5_000);
    await sent;
    expect(clock.pending).toBe(0);
    await expect(sendCommand('RECONNECTDATA', { port: await freePort(), timeoutMs: 5_000, clock })).rejects.toMatchObject({ retryable: true, message: expect.stringContaining('cannot be reached') as string });
  });
});
