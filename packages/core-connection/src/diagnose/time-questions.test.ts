import { afterEach, expect, it } from 'vitest';
import type { ConnectionManager } from '../connection-manager.js';
import { Loopback, failure } from '../testing/loopback.js';
import { TimeQuestions } from './time-questions.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

function nextTime(connection: ConnectionManager): Promise<void> {
  return new Promise((resolve) => {
    const stop = connection.onMessage(({ type }) => {
      if (type !== 'currentTime') return;
      stop();
      resolve();
    });
  });
}

it('takes its own answer, not that of a question which the connection asked before or in between', async () => {
  const gateway = await loopback.gateway();
  const { connection, clock } = loopback.manager(gateway.port, { heartbeat: false });
  const times = new TimeQuestions(connection);
  await connection.connect();
  const client = await gateway.next();
  await client.next('reqCurrentTime');
  const options = { timeoutMs: 5_000, signal: undefined };
  const startedAtMs = clock.now();
  const first = times.ask(options);
  await client.next('reqCurrentTime');
  const early = nextTime(connection);
  client.send({ type: 'currentTime', time: 1 });
  await early;
  await clock.advance(40);
  client.send({ type: 'currentTime', time: 2 });
  expect(await first).toEqual({ sentAtMs: startedAtMs, receivedAtMs: startedAtMs + 40, timeSeconds: 2, roundTripMs: 40 });
  await connection.session?.send({ type: 'reqCurrentTime' });
  const second = times.ask(options);
  await client.next('reqCurrentTime');
  await client.next('reqCurrentTime');
  const between = nextTime(connection);
  client.send({ type: 'currentTime', time: 3 });
  await between;
  await clock.advance(7);
  client.send({ type: 'currentTime', time: 4 });
  expect(await second).toMatchObject({ timeSeconds: 4, roundTripMs: 7 });
  times.close();
  // Nothing is counted any more, so nothing is taken for an answer.
  const third = failure(times.ask({ ...options, timeoutMs: 10 }));
  await client.next('reqCurrentTime');
  await clock.advance(10);
  expect(await third).toMatchObject({ code: 'IBKR_REQUEST_TIMEOUT' });
});
