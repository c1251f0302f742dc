import type { ServerMessage } from '@ibkit/wire';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionEvents } from './connection-events.js';
import type { ConnectionManager } from './connection-manager.js';
import { Loopback } from './testing/loopback.js';

const loopback = new Loopback();

afterEach(() => loopback.close());

const TYPES = [
  'connection.established',
  'connection.lost',
  'connection.recovered',
  'connection.degraded',
  'connection.retryScheduled',
  'connection.stateChanged',
  'connection.gaveUp',
] as const satisfies readonly (keyof ConnectionEvents)[];

/** Reads every lifecycle event through a stream of its own, until the connection is closed. */
function readStreams(connection: ConnectionManager): Promise<readonly string[]> {
  const seen: string[] = [];
  const readers = TYPES.map(async (type) => {
    for await (const event of connection.events.stream(type)) {
      const detail = 'to' in event ? event.to : 'scope' in event ? event.scope : 'reason' in event ? event.reason : '';
      seen.push(`${type.slice(11)} ${detail}`.trimEnd());
    }
  });
  return Promise.all(readers).then(() => seen);
}

const errMsg = (code: number, msg: string): ServerMessage => ({ type: 'errMsg', id: -1, code, msg });

describe('lifecycle events', () => {
  it('come as streams, each once and in order, and the streams end with the connection', async () => {
    const gateway = await loopback.gateway();
    const { connection, clock } = loopback.manager(gateway.port);
    const reading = readStreams(connection);
    await connection.connect();
    const client = await gateway.next();
    const back = connection.events.once('connection.recovered');
    client.send(errMsg(1100, 'lost'), errMsg(1100, 'lost'), errMsg(1102, 'restored'));
    await back;
    const retry = connection.events.once('connection.retryScheduled');
    client.reset();
    await retry;
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(1_000);
    await recovered;
    await connection.close();
    expect(await reading).toEqual([
      'stateChanged connecting',
      'stateChanged connected',
      'established',
      'degraded upstream',
      'recovered upstream',
      'stateChanged reconnecting',
      'lost reset',
      'retryScheduled',
      'stateChanged connected',
      'recovered session',
      'stateChanged disconnected',
    ]);
  });
});
