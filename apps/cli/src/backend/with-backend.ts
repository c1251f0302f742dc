import type { CommandContext } from '../config/globals.js';
import type { Backend, BackendNeeds } from './backend.js';
import { chosenDaemon } from './choose-daemon.js';

/**
 * Runs `work` on what answers its operations: the daemon when one serves this gateway, else a connection of our own.
 * @throws ConnectionError or TimeoutError when neither becomes ready within `--timeout`
 */
export async function withBackend<T>(context: CommandContext, needs: BackendNeeds, work: (backend: Backend) => Promise<T>): Promise<T> {
  await using daemon = await chosenDaemon(context);
  if (daemon !== undefined) return await work(daemon);
  const { withDirectBackend } = await import('./direct-backend.js');
  return await withDirectBackend(context, needs, work);
}

/** The same for what only the journal needs to know. */
export async function withOfflineOr<T>(context: CommandContext, work: (backend: Backend) => Promise<T>): Promise<T> {
  await using daemon = await chosenDaemon(context);
  if (daemon !== undefined) return await work(daemon);
  const { withOfflineBackend } = await import('./direct-backend.js');
  return await withOfflineBackend(context, work);
}
