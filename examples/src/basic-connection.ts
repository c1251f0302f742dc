// Connects, says what it found, asks the gateway for its time, and leaves.
import { ConnectionManager } from '@ibkit/core-connection';
import { gatewayAddress, isProgram } from './gateway-address.js';
import type { GatewayAddress } from './gateway-address.js';

export async function run({ host, port }: GatewayAddress): Promise<void> {
  const connection = new ConnectionManager({ host, port, clientId: 11 });
  try {
    await connection.connect({ timeoutMs: 10_000, retryCount: 2 });
    const { state, serverVersion, accounts } = connection.getStatus();
    console.log(`${state}: server version ${serverVersion}, ${accounts.length} account`);

    const seconds = await connection.request<number>({
      name: 'server time',
      unkeyed: true, // its answer carries no request id
      build: () => ({ type: 'reqCurrentTime' }),
      receive: (message, reply) => {
        if (message.type === 'currentTime') reply.resolve(message.time);
      },
    });
    console.log(`the gateway's clock says ${new Date(seconds * 1_000).toISOString()}`);

    const { farms, ...layers } = connection.health.layers;
    for (const [layer, { status }] of Object.entries({ ...layers, ...farms })) console.log(`  ${layer}: ${status}`);
  } finally {
    await connection.close(); // idempotent; nothing of it keeps the process alive
  }
  console.log(connection.state);
}

if (isProgram(import.meta.url)) await run(gatewayAddress());
