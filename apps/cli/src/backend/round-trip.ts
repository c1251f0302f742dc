import type { ConnectionManager } from '@ibkit/core-connection';
import type { CommandContext } from '../config/globals.js';

/** How long the gateway takes to tell its time, milliseconds, and that time, whole seconds. */
export async function roundTrip(context: CommandContext, connection: ConnectionManager, signal: AbortSignal): Promise<{ readonly roundTripMs: number; readonly serverTimeMs: number }> {
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
    signal,
  });
  return { roundTripMs: context.clock.monotonic() - startedMs, serverTimeMs };
}
