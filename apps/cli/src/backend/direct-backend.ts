import type { ConnectionManager } from '@ibkit/core-connection';
import { isIbkrError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import type { Journal } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import { createOperations, createTopics } from '@ibkit/operations';
import type { CommandContext } from '../config/globals.js';
import { VERSION } from '../version.js';
import type { Backend, BackendNeeds } from './backend.js';
import { followLocally } from './direct-follow.js';
import { withGateway } from './gateway.js';
import { roundTrip } from './round-trip.js';
import { tradingMode } from './trading-options.js';

interface Parts {
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
  readonly trading: Trading;
  readonly journal: Journal | undefined;
}

/** The longest wait that operations take, milliseconds. */
const LONGEST_WAIT_MS = 3_600_000;

/** A gate that waiting does not open refuses the order as well, and only that refusal is written down. */
async function ready(context: CommandContext, trading: Trading): Promise<void> {
  try {
    await trading.ready({ timeoutMs: context.remainingMs(), signal: context.io.stop });
  } catch (error) {
    if (!isIbkrError(error) || error.name !== 'GateRefusedError') throw error;
  }
}

async function withParts<T>(context: CommandContext, { connection, marketData, trading, journal }: Parts, work: (backend: Backend) => Promise<T>): Promise<T> {
  const { globals } = context;
  const waitMs = Math.min(LONGEST_WAIT_MS, context.remainingMs());
  await using operations = createOperations({ connection, marketData, trading, mode: globals.mode, version: VERSION, simulated: globals.simulate, dataWaitMs: waitMs });
  await using topics = createTopics({ connection, marketData, trading, journal });
  return await work({
    via: 'direct',
    operations,
    ready: () => ready(context, trading),
    roundTrip: (signal) => roundTrip(context, connection, signal),
    follow: (kind, topic, options) => followLocally(topics, kind, topic, options),
  });
}

/** Runs `work` over a connection of our own, and closes it afterwards. */
export async function withDirectBackend<T>(context: CommandContext, needs: BackendNeeds, work: (backend: Backend) => Promise<T>): Promise<T> {
  const { role, autoReconnect = false } = needs;
  return await withGateway(context, { role, autoReconnect }, async (connection) => {
    await using marketData = new MarketData({ connection, lookUpTimeoutMs: context.remainingMs() });
    if (role === 'order') {
      // The journal is not loaded for those who only read.
      const { withTrading } = await import('./trading-session.js');
      return await withTrading(context, { connection, marketData }, (trading, journal) => withParts(context, { connection, marketData, trading, journal }, work));
    }
    await using trading = new Trading({ connection, marketData, ...tradingMode(context.globals), listTimeoutMs: context.remainingMs() });
    if (needs.trading === true) await trading.start();
    return await withParts(context, { connection, marketData, trading, journal: undefined }, work);
  });
}

/** Runs `work` over the journal alone: nothing is connected. */
export async function withOfflineBackend<T>(context: CommandContext, work: (backend: Backend) => Promise<T>): Promise<T> {
  const { withOfflineTrading } = await import('./trading-session.js');
  return await withOfflineTrading(context, (trading, parts) => withParts(context, { ...parts, trading, journal: undefined }, work));
}
