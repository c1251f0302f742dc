import type { ApiStatus } from '@ibkit/api-contract';
import type { CommandContext } from '../config/globals.js';
import type { Backend } from './backend.js';
import { chosenDaemon } from './choose-daemon.js';

/** What can be asked of the link to the gateway alone. */
export interface Link extends Pick<Backend, 'via' | 'roundTrip'> {
  status(): Promise<ApiStatus>;
}

/**
 * Runs `work` on the link alone, which loads neither market data nor orders: the daemon's when one serves this gateway, else one of our own.
 * @throws ConnectionError or TimeoutError when neither becomes ready within `--timeout`
 */
export async function withLink<T>(context: CommandContext, work: (link: Link) => Promise<T>): Promise<T> {
  await using daemon = await chosenDaemon(context);
  if (daemon === undefined) {
    const { withDirectLink } = await import('./direct-link.js');
    return await withDirectLink(context, work);
  }
  return await work({ via: daemon.via, roundTrip: (signal) => daemon.roundTrip(signal), status: () => daemon.operations.status({}, { signal: context.io.stop }) });
}
