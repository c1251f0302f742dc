import type { ApiLayer, ApiRecentErrors, ApiStatus } from '@ibkit/api-contract';
import { withBackend } from '../../backend/with-backend.js';
import type { CommandContext } from '../../config/globals.js';
import { EXIT } from '../../output/exit-codes.js';
import type { ExitCode } from '../../output/exit-codes.js';
import { printDocument } from '../../output/print.js';
import { colorsFor } from '../../render/colors.js';
import type { Colors } from '../../render/colors.js';
import { clockText, plain, span } from '../../render/text.js';

const RECENT = 5;

function layerLine(name: string, { status, sinceMs, cause }: ApiLayer, nowMs: number, { good, bad, warning }: Colors): string {
  const paint = { up: good, down: bad, unknown: warning }[status];
  return `  ${plain(name).padEnd(13)} ${paint(status.padEnd(7))} for ${span(Math.max(0, nowMs - sinceMs)).padEnd(7)} ${plain(cause)}\n`;
}

function statusText({ connection, health, simulated }: ApiStatus, nowMs: number, colors: Colors): string {
  const { state, host, port, mode, clientId, accounts, serverVersion, connectedForMs, reconnectCount } = connection;
  const session = `${connectedForMs === undefined ? '' : ` for ${span(connectedForMs)}`}, ${reconnectCount} reconnects`;
  const layers = { tcp: health.tcp, handshake: health.handshake, api: health.api, upstream: health.upstream };
  return [
    `${colors.strong(state)}${session}  ${plain(host)}:${port}${simulated ? ' (simulator)' : ''}, ${mode}, client id ${clientId}, server version ${serverVersion ?? '-'}\n`,
    `  ${'accounts'.padEnd(13)} ${accounts.length === 0 ? '-' : accounts.map(plain).join(', ')}\n`,
    ...Object.entries(layers).map(([name, layer]) => layerLine(name, layer, nowMs, colors)),
    ...Object.entries(health.farms).map(([name, layer]) => layerLine(`farm ${name}`, layer, nowMs, colors)),
  ].join('');
}

function errorLines({ errors }: ApiRecentErrors): string {
  return errors.map(({ atMs, ibCode, code, message, count }) => `  ${clockText(atMs)}  ${ibCode ?? plain(code)}  ${plain(message)}${count > 1 ? ` (${count} times)` : ''}\n`).join('');
}

/** `ibkit status`: the connection as it is. Exits 3 when neither data nor orders can be had. */
export function status(context: CommandContext): Promise<ExitCode> {
  const { globals, io, clock } = context;
  return withBackend(context, { role: 'read' }, async ({ operations, via }) => {
    const { stop: signal } = io;
    const [answer, readiness, recent] = await Promise.all([operations.status({}, { signal }), operations.readyz({}, { signal }), operations.errors({ limit: RECENT }, { signal })]);
    if (globals.json) {
      printDocument(context, { via, ...answer, readiness, errors: recent.errors });
    } else {
      const colors = colorsFor(context);
      io.out.write(statusText(answer, clock.now(), colors));
      // Without the daemon nobody holds the order role, so its gate says nothing about the next order.
      io.out.write(`  ${'data'.padEnd(13)} ${readiness.dataReady ? colors.good('ready') : colors.bad('not ready')}\n`);
      if (via === 'daemon') io.out.write(`  ${'orders'.padEnd(13)} ${readiness.tradeReady ? colors.good('ready') : colors.bad('not ready')}\n`);
      for (const reason of readiness.reasons.filter((text) => via === 'daemon' || !text.startsWith('order gate'))) io.out.write(`  - ${plain(reason)}\n`);
      if (recent.errors.length > 0) io.out.write(`lately\n${errorLines(recent)}`);
    }
    return readiness.dataReady ? EXIT.ok : EXIT.notReady;
  });
}
