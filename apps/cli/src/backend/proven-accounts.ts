import type { ApiStatus } from '@ibkit/api-contract';
import type { CommandContext } from '../config/globals.js';
import { proveAccounts } from './account-proof.js';
import type { Backend } from './backend.js';

/**
 * The status of a connection whose accounts are what was asked for, by the gateway's own list.
 * @throws AccountError
 */
export async function provenAccounts(context: CommandContext, { operations }: Backend): Promise<ApiStatus> {
  const status = await operations.status({}, { signal: context.io.stop });
  proveAccounts(context, status.connection.accounts);
  return status;
}
