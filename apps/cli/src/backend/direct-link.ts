import { connectionStatus } from '@ibkit/operations/status';
import type { CommandContext } from '../config/globals.js';
import { VERSION } from '../version.js';
import { withGateway } from './gateway.js';
import { roundTrip } from './round-trip.js';
import type { Link } from './with-link.js';

/** Runs `work` over a connection of our own, without what only market data and orders need. */
export async function withDirectLink<T>(context: CommandContext, work: (link: Link) => Promise<T>): Promise<T> {
  const { clock, globals } = context;
  const startedAtMs = clock.monotonic();
  return await withGateway(context, { role: 'read' }, (connection) =>
    work({
      via: 'direct',
      roundTrip: (signal) => roundTrip(context, connection, signal),
      status: () => Promise.resolve(connectionStatus({ connection, mode: globals.mode, version: VERSION, simulated: globals.simulate, uptimeMs: clock.monotonic() - startedAtMs })),
    }),
  );
}
