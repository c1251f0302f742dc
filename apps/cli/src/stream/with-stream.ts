import type { Backend, BackendNeeds } from '../backend/backend.js';
import { withBackend } from '../backend/with-backend.js';
import type { CommandContext } from '../config/globals.js';
import { EXIT } from '../output/exit-codes.js';
import type { ExitCode } from '../output/exit-codes.js';
import { StreamSession } from './stream-session.js';
import type { StreamLimits } from './stream-session.js';

/** Runs a command that follows topics. Being stopped is how a stream ends, also while it connects. */
export async function withStream(context: CommandContext, { needs, ...limits }: StreamLimits & { readonly needs?: Partial<BackendNeeds> }, draw: (() => string) | undefined, work: (session: StreamSession, backend: Backend) => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await withBackend(context, { role: 'read', ...needs, autoReconnect: true }, async (backend) => {
      using session = new StreamSession({ context, backend, limits, draw });
      return await work(session, backend);
    });
  } catch (error) {
    if (context.io.stop.aborted) return EXIT.ok;
    throw error;
  }
}
