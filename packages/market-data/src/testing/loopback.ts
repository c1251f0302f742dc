import { ConnectionManager } from '@ibkit/core-connection';
import { createSimulator } from '@ibkit/simulator';
import type { Simulator, SimulatorOptions } from '@ibkit/simulator';
import { MarketData } from '../market-data.js';
import type { MarketDataOptions } from '../market-data-parts.js';

/** A Wednesday, an hour and a half after the open in New York. */
export const IN_SESSION_MS = Date.UTC(2026, 4, 20, 15, 0);

/** A simulator, a connection to it, and market data over it. */
export interface Loopback {
  readonly simulator: Simulator;
  readonly connection: ConnectionManager;
  readonly marketData: MarketData;
}

/** Runs a test over a real socket, and closes everything whatever happens. */
export async function withLoopback(options: SimulatorOptions, run: (parts: Loopback) => Promise<void>, more: Omit<MarketDataOptions, 'connection'> = {}): Promise<void> {
  const simulator = await createSimulator({ startAtMs: IN_SESSION_MS, speed: 20, ...options });
  const connection = new ConnectionManager({ port: simulator.port, reconnect: { initialMs: 1, maxMs: 1 } });
  const marketData = new MarketData({ connection, ...more });
  try {
    await connection.connect();
    await run({ simulator, connection, marketData });
  } finally {
    await marketData.close();
    await connection.close();
    await simulator.close();
  }
}

/** Gives up on a hang; a test that works never waits for it. */
export const patience = { timeoutMs: 10_000 } as const;
