import { seededRandom } from '@ibkit/clock';
import { ClientIdLeases } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import type { CommandContext } from '../config/globals.js';
import { withAddress } from './with-address.js';
import type { GatewayAddress } from './with-address.js';

/** The first of the ids for reading, where none can be leased. */
const UNLEASED_ID = 131;

/** Runs `work` with the address of the gateway and a client id of our own, without a connection. */
export async function withEndpoint<T>(context: CommandContext, work: (endpoint: GatewayAddress & { readonly clientId: number }) => Promise<T>): Promise<T> {
  const { globals, clock } = context;
  return await withAddress(context, async (address) => {
    await using leases = new ClientIdLeases({ stateDirectory: globals.stateDirectory, ...address, clock, random: seededRandom(clock.now()) });
    let clientId = UNLEASED_ID;
    try {
      ({ clientId } = await leases.acquire());
    } catch (error) {
      if (!isIbkrError(error) || error.code !== 'IBKR_STATE_DIR_UNUSABLE') throw error;
    }
    return await work({ ...address, clientId });
  });
}
