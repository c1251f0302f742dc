import { AccountError } from '@ibkit/error-codes';
import type { ConnectionManager } from '@ibkit/core-connection';
import { EXIT } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { withGateway } from '../gateway.js';
import type { CommandContext } from '../globals.js';
import { printDocument } from '../output.js';
import { plain, span } from '../text.js';

/** Paper accounts begin with DU, and with DF for advisors (TWS API: account codes); everything else is live. */
function isPaperAccount(account: string): boolean {
  return /^D[UF]/.test(account);
}

function proveMode({ globals }: CommandContext, accounts: readonly string[]): void {
  const wrong = accounts.filter((account) => isPaperAccount(account) !== (globals.mode === 'paper'));
  if (wrong.length === 0) return;
  throw new AccountError({
    code: 'IBKR_ACCOUNT_MODE_MISMATCH',
    message: `The gateway serves ${globals.mode === 'paper' ? 'a live' : 'a paper'} account, but the ${globals.mode} mode was asked for.`,
    tips: [`Connect to the ${globals.mode} gateway's port`, `Or say --${globals.mode === 'paper' ? 'live' : 'paper'} if that is what you mean`],
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
    timeoutMs: context.globals.timeoutMs,
    signal: context.io.stop,
  });
  return { roundTripMs: context.clock.monotonic() - startedMs, serverTimeMs };
}

/** `ibkit check`: connects, waits until the API is ready, proves the kind of account, and measures one round trip. */
export function check(context: CommandContext): Promise<ExitCode> {
  return withGateway(context, { role: 'read' }, async (connection) => {
    const { roundTripMs, serverTimeMs } = await roundTrip(context, connection);
    const status = connection.getStatus();
    proveMode(context, status.accounts);
    if (context.globals.json) {
      printDocument(context, { ok: true, mode: context.globals.mode, ...status, serverTime: new Date(serverTimeMs).toISOString(), roundTripMs: Math.round(roundTripMs * 10) / 10 });
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
