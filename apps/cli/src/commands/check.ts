import { ConnectionError } from '@ibkit/error-codes';
import type { ConnectionManager, HealthReport } from '@ibkit/core-connection';
import { proveAccounts } from '../account-proof.js';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { plain, span } from '../text.js';

/** The gateway answers, but its own link to the broker is down: nothing that needs the broker would work. */
export function proveUpstream({ layers }: HealthReport): void {
  if (layers.upstream.status !== 'down') return;
  throw new ConnectionError({
    code: 'IBKR_UPSTREAM_DOWN',
    message: `The gateway answers, but has no link to the broker: ${layers.upstream.cause}`,
    retryable: true,
    tips: ['It usually comes back by itself; the nightly reset takes some minutes.', 'See ibkit explain 1100.'],
  });
}

async function roundTrip(context: CommandContext, connection: ConnectionManager): Promise<{ readonly roundTripMs: number; readonly serverTimeMs: number }> {
  const startedMs = context.clock.monotonic();
  const serverTimeMs = await connection.request<number>({
    name: 'current time',
    unkeyed: true,
    build: () => ({ type: 'reqCurrentTime' }),
    receive: (message, reply) => {
      if (message.type === 'currentTime') reply.resolve(message.time * 1000);
    },
    lane: 'heartbeat',
    timeoutMs: context.remainingMs(),
    signal: context.io.stop,
  });
  return { roundTripMs: context.clock.monotonic() - startedMs, serverTimeMs };
}

/** `ibkit check`: connects, waits until the API is ready, proves the kind of account, and measures one round trip. */
export function check(context: CommandContext): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    const { roundTripMs, serverTimeMs } = await roundTrip(context, connection);
    const status = connection.getStatus();
    proveAccounts(context, status.accounts);
    proveUpstream(status.health);
    if (context.globals.json) {
      printDocument(context, { ok: true, mode: context.globals.mode, ...status, uptimeMs: Math.round(status.uptimeMs), uptimeSeconds: Math.round(status.uptimeSeconds), serverTime: new Date(serverTimeMs).toISOString(), roundTripMs: Math.round(roundTripMs * 10) / 10 });
    } else {
      const { out } = context.io;
      out.write(`ok  ${status.host}:${status.port}, server version ${status.serverVersion ?? '-'}, client id ${status.clientId}\n`);
      out.write(`    accounts     ${status.accounts.map(plain).join(', ')} (${context.globals.mode})\n`);
      out.write(`    server time  ${new Date(serverTimeMs).toISOString()}\n`);
      out.write(`    round trip   ${span(roundTripMs)}\n`);
      const { tcp, handshake, api, upstream, farms } = status.health.layers;
      for (const [name, layer] of Object.entries({ tcp, handshake, api, upstream })) out.write(`    ${name.padEnd(11)}  ${layer.status}\n`);
      for (const [name, layer] of Object.entries(farms)) out.write(`    ${`farm ${plain(name)}`.padEnd(11)}  ${layer.status}\n`);
    }
    return EXIT.ok;
  });
}
