import type { BrokerOperations } from '@ibkit/api-contract';
import { ConnectionManager } from '@ibkit/core-connection';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createOperations } from '@ibkit/operations';
import type { OperationsOptions } from '@ibkit/operations';
import type { CommandContext } from '../config/globals.js';
import { VERSION } from '../version.js';

/** Runs `work` on the operations that need no connection to the gateway: those of its process, and of the options flow service. */
export async function withUnconnected<T>({ globals, clock }: CommandContext, parts: Pick<OperationsOptions, 'flow' | 'gateway'>, work: (operations: BrokerOperations) => Promise<T>): Promise<T> {
  const { host, port, clientId, mode } = globals;
  await using connection = new ConnectionManager({ host, port, clientId, clock, autoReconnect: false });
  await using marketData = new MarketData({ connection });
  await using trading = new Trading({ connection });
  await using operations = createOperations({ connection, marketData, trading, mode, version: VERSION, ...parts });
  return await work(operations);
}
