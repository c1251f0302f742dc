import { afterEach, describe, expect, it } from 'vitest';
import { Simulated } from '../testing/simulated.js';

const world = new Simulated();

afterEach(() => world.close());

describe('scenario 5, check A12: the client id is in use for a while after a drop', () => {
  it('waits a steady 5 s with the same id, rings once, and is back with it', async () => {
    const { connection, server, clock } = await world.ready({ clientId: 7, alarmAfterMs: 12_000 });
    const alarms: unknown[] = [];
    connection.events.on('connection.alarm', (alarm) => alarms.push(alarm));
    const retries = connection.events.stream('connection.retryScheduled');
    const free = server.control.inject({ type: 'id-in-use', clientId: 7 });
    server.control.dropClients('rst');
    await retries.next();
    await clock.advance(1_000);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect((await retries.next()).value).toMatchObject({ delayMs: 5_000, error: { code: 'IBKR_CONNECT_CLIENT_ID_IN_USE', brokerCode: 326 } });
      if (attempt === 3) free();
      else await clock.advance(5_000);
    }
    const recovered = connection.events.once('connection.recovered');
    await clock.advance(5_000);
    await recovered;
    expect(alarms).toMatchObject([{ kind: 'clientIdInUse' }]);
    expect(server.control.state().clients.map((client) => client.clientId)).toEqual([7]);
    const ids = server.control.journal({ type: 'startApi' }).map((entry) => Reflect.get(Object(entry.message), 'clientId') as unknown);
    expect(ids.length).toBeGreaterThanOrEqual(5);
    expect(new Set(ids)).toEqual(new Set([7]));
    expect(connection.getStatus().clientId).toBe(7);
  });
});
