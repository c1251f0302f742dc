// Handlers, waits of your own between attempts, and several connections to one gateway.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConnectionManager, ConnectionPool } from '@ibkit/core-connection';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

/** One connection that tells what happens to it. @param trouble what breaks the session; without it we break it ourselves */
export async function handlers({ host, port }: GatewayAddress, trouble?: () => void): Promise<void> {
  const connection = new ConnectionManager({
    host,
    port,
    clientId: 12,
    reconnect: { initialMs: 200, factor: 1.5, maxMs: 5_000 }, // full jitter: each wait is a random part of it
    heartbeat: { intervalMs: 2_000, timeoutMs: 4_000 },
    alarmAfterMs: 30_000,
  });
  connection.addConnectHandler(() => { console.log('connect handler: ready'); });
  connection.addDisconnectHandler(() => { console.log('disconnect handler: no session'); });
  connection.events.on('connection.lost', ({ error }) => { console.log(`lost: ${error.code}`); });
  connection.events.on('connection.retryScheduled', ({ delayMs }) => { console.log(`the next attempt is in ${Math.round(delayMs)} ms`); });
  connection.events.on('connection.recovered', ({ scope }) => { console.log(`recovered: ${scope}`); });
  try {
    await connection.connect();
    if (trouble === undefined) {
      console.log(`made anew on request: ${await connection.reconnect({ timeoutMs: 10_000 })}`);
    } else {
      const recovered = connection.events.once('connection.recovered'); // listen before it can happen
      trouble();
      await recovered;
    }
  } finally {
    await connection.close();
  }
}

/** Data connections share leased client ids; the one for orders has a fixed id and one user. */
export async function pool({ host, port }: GatewayAddress, stateDirectory: string): Promise<void> {
  await using connections = new ConnectionPool({ stateDirectory, connection: { host, port }, usersPerConnection: 1 });
  const [quotes, history, orders] = await Promise.all([connections.acquire('data'), connections.acquire('data'), connections.acquire('order')]);
  for (const { role, clientId, connection } of [quotes, history, orders]) console.log(`${role}: client id ${clientId}, ${connection.state}`);
  const waits = connections.acquire('order', { timeoutMs: 10_000 }); // one user at a time
  console.log(`waiting for the order connection: ${connections.getStatus().waiting}`);
  await orders.release();
  const { clientId } = await waits;
  console.log(`it came free, with the same client id ${clientId}`);
}

export async function run(address: GatewayAddress): Promise<void> {
  await handlers(address);
  await pool(address, path.join(tmpdir(), 'ibkit-example-pool')); // shared by all programs that use this gateway
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
