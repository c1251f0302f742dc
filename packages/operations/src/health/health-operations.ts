import type { ApiDiagnosis, ApiStatus, BrokerOperations } from '@ibkit/api-contract';
import { diagnoseConnection } from '@ibkit/core-connection';
import { instrumentQuery } from '../instruments/instrument-query.js';
import type { ResolvedOperationsOptions } from '../options.js';
import { readinessView } from '../views/health.js';
import { known } from '../views/known.js';
import { connectionStatus } from './connection-status.js';
import { wireContract } from '@ibkit/market-data';

/** What the health operations work with. */
export type HealthDeps = Pick<ResolvedOperationsOptions, 'clock' | 'connection' | 'marketData' | 'trading' | 'mode' | 'version' | 'simulated'> & {
  /** When the program began, on the monotonic clock of `clock`. */
  readonly startedAtMs: number;
};

/** Whether data and trading are ready, how the connection is, and what is wrong with it. */
export function healthOperations(deps: HealthDeps): Pick<BrokerOperations, 'readyz' | 'status' | 'diagnosis'> {
  const { connection, trading } = deps;
  return {
    readyz: () => Promise.resolve(readinessView({ state: connection.state, health: connection.health, gate: trading.gate() })),
    status: () => Promise.resolve(statusOf(deps)),
    diagnosis: ({ symbol }, { signal } = {}) => diagnose(deps, symbol, signal),
  };
}

function statusOf({ clock, connection, marketData, mode, version, simulated, startedAtMs }: HealthDeps): ApiStatus {
  return connectionStatus({ connection, openLines: marketData.openLines, mode, version, simulated, uptimeMs: clock.monotonic() - startedAtMs });
}

async function diagnose({ connection, marketData, mode }: HealthDeps, symbol: string | undefined, signal: AbortSignal | undefined): Promise<ApiDiagnosis> {
  const query = symbol === undefined ? undefined : instrumentQuery(symbol);
  // Without a session the diagnosis is about that, and the contract is not asked for.
  const contract = query === undefined || !connection.isConnected() ? undefined : wireContract(await marketData.resolve(query, { signal }));
  const { verdict, summary, cause, startedAtMs, durationMs, probes } = await diagnoseConnection(connection, { mode, quote: contract, signal });
  return known({
    verdict,
    summary,
    cause,
    startedAtMs,
    durationMs,
    probes: probes.map(({ name, status, detail, fix, code, durationMs: tookMs, facts }) => known({ name, status, detail, fix, code, durationMs: tookMs, facts: facts === undefined ? undefined : { ...facts } })),
  });
}
