import type { ApiHealth } from '@ibkit/api-contract';
import { ConnectionError } from '@ibkit/error-codes';
import { proveAccounts } from '../../backend/account-proof.js';
import { withLink } from '../../backend/with-link.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { plain, span } from '../../render/text.js';

/** The gateway answers, but its own link to the broker is down: nothing that needs the broker would work. */
export function proveUpstream({ upstream }: Pick<ApiHealth, 'upstream'>): void {
  if (upstream.status !== 'down') return;
  throw new ConnectionError({
    code: 'IBKR_UPSTREAM_DOWN',
    message: `The gateway answers, but has no link to the broker: ${upstream.cause}`,
    retryable: true,
    tips: ['It usually comes back by itself; the nightly reset takes some minutes.', 'See ibkit explain 1100.'],
  });
}

function proveState(state: string, cause: string): void {
  if (state === 'connected') return;
  throw new ConnectionError({ code: 'IBKR_NOT_CONNECTED', message: `The daemon has no connection to the gateway (${state}): ${cause}`, retryable: true, tips: ['ibkit doctor --via direct asks the gateway itself.'] });
}

/** `ibkit check`: connects, waits until the API is ready, proves the kind of account, and measures one round trip. */
export function check(context: CommandContext): Promise<ExitCode> {
  return withLink(context, async (link) => {
    const { roundTripMs, serverTimeMs } = await link.roundTrip(context.io.stop);
    const status = await link.status();
    const { connection, health } = status;
    proveState(connection.state, health.api.cause);
    proveAccounts(context, connection.accounts);
    proveUpstream(health);
    const serverTime = serverTimeMs ?? connection.serverTimeMs;
    if (context.globals.json) {
      printDocument(context, { ok: true, roundTripMs: Math.round(roundTripMs * 10) / 10, ...status, connection: { ...connection, serverTimeMs: serverTime } });
    } else {
      const { out } = context.io;
      out.write(`ok  ${plain(connection.host)}:${connection.port}, server version ${connection.serverVersion ?? '-'}, client id ${connection.clientId}${link.via === 'daemon' ? ', through the daemon' : ''}\n`);
      const { tcp, handshake, api, upstream, farms } = health;
      const lines: readonly (readonly [string, string])[] = [
        ['accounts', `${connection.accounts.map(plain).join(', ')} (${connection.mode})`],
        ['server time', serverTime === undefined ? '-' : new Date(serverTime).toISOString()],
        ['round trip', span(roundTripMs)],
        ...Object.entries({ tcp, handshake, api, upstream }).map(([name, { status: is }]) => [name, is] as const),
        ...Object.entries(farms).map(([name, { status: is }]) => [`farm ${plain(name)}`, is] as const),
      ];
      const width = Math.max(...lines.map(([name]) => name.length));
      for (const [name, value] of lines) out.write(`    ${name.padEnd(width)}  ${value}\n`);
    }
    return EXIT.ok;
  });
}
