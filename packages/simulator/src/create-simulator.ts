import type { ScaledClock } from '@ibkit/clock';
import { UsageError } from '@ibkit/error-codes';
import type { Brokerage } from './brokerage/brokerage.js';
import type { BrokerageSnapshot } from './brokerage/snapshot.js';
import { createBrokerage } from './brokerage/create-brokerage.js';
import { ControlServer } from './control/control-server.js';
import { loadScenario } from './control/scenario.js';
import type { ScenarioStep } from './control/scenario.js';
import { ScenarioRunner } from './control/scenario-runner.js';
import { createControl } from './control/simulator-control.js';
import type { SimulatorControl } from './control/simulator-control.js';
import { createMarket } from './market/create-market.js';
import { StateKeeper, readStateFile } from './control/state-file.js';
import { loadReplay } from './replay/load-replay.js';
import { accountRoutes } from './server/account-routes.js';
import { relayBrokerage } from './server/brokerage-relay.js';
import { contractRoutes } from './server/contract-routes.js';
import { createContext } from './server/create-context.js';
import { historyRoutes } from './server/history-routes.js';
import { marketDataRoutes } from './server/market-data-routes.js';
import { orderRoutes } from './server/order-routes.js';
import { realTimeBarRoutes } from './server/real-time-bar-routes.js';
import { referenceRoutes } from './server/reference-routes.js';
import { SimulatorServer } from './server/simulator-server.js';
import { systemRoutes } from './server/system-routes.js';
import { tickByTickRoutes } from './server/tick-by-tick-routes.js';
import { WitnessJournal } from './server/witness-journal.js';
import { resolveSimulatorOptions } from './simulator-options.js';
import type { SimulatorOptions } from './simulator-options.js';

/** TWS API: market data farm is inactive, which is what clients are told when a replay has no more rows. */
const FARM_INACTIVE = 2108;

/** A TWS that listens on a real TCP port, with a market and a brokerage behind it. */
export interface Simulator extends AsyncDisposable {
  readonly host: string;
  /** The port that it listens on; the chosen one when 0 was asked for. */
  readonly port: number;
  /** The simulator's own time; speed it up, pause it or advance it. While a replay waits for its first subscription it is paused. */
  readonly clock: ScaledClock;
  /** The port of the HTTP control; undefined without one. */
  readonly controlPort: number | undefined;
  readonly control: SimulatorControl;
  /** Closes the ports, every connection and every timer, and writes the state file. Idempotent. Rejects when the state file could not be written; everything else is closed even so. */
  close(): Promise<void>;
}

/**
 * Starts a simulator. Any TWS API client connects to it unchanged (server versions 157 to 193).
 *
 * @throws UsageError for an option out of range, for a replay file that cannot be read, and for a scenario or state file that is broken.
 * @throws ConnectionError `IBKR_SIMULATOR_PORT_IN_USE` when another program uses the port, `IBKR_SIMULATOR_CONTROL_PORT` when the control port cannot be had.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const scenario = options.scenario === undefined ? undefined : await loadScenario(options.scenario);
  const resolved = resolveSimulatorOptions(options, scenario?.options);
  const { clock: base, seed, speed, startAtMs, lockStep, accounts, dataPermission } = resolved;
  const replay = resolved.replay.length === 0 ? undefined : await loadReplay(resolved.replay);
  const kept = resolved.stateFile === undefined ? undefined : await readStateFile(resolved.stateFile);
  const market = createMarket({
    base,
    seed,
    speed,
    startAtMs,
    paused: lockStep,
    sessions: resolved.sessions,
    replay,
    instruments: resolved.instruments,
    // The market does not run before `start`, when all of this is there.
    onReplayEnd: () => {
      journal.append('fault', 'replayEnded', { message: { symbols: replay?.symbols ?? [] } });
      control.notice(FARM_INACTIVE);
    },
  });
  const faultClock = lockStep ? market.clock : base;
  const brokerage = createBrokerage({ market, accounts, orders: resolved.orders });
  const journal = new WitnessJournal({ clock: market.clock, limit: resolved.journalLimit });
  const context = createContext({ market, brokerage, dataPermission, dataDelayMs: resolved.dataDelayMs, limits: resolved.limits, pacing: resolved.pacing, requestClock: faultClock });
  const server = new SimulatorServer({
    host: resolved.host,
    port: resolved.port,
    maxServerVersion: resolved.maxServerVersion,
    maxClients: resolved.maxClients,
    maxPendingBytes: resolved.maxPendingBytes,
    handshakeTimeoutMs: resolved.handshakeTimeoutMs,
    journalTicks: resolved.journalTicks,
    pacing: resolved.pacing,
    messagesPerSecond: resolved.messagesPerSecond,
    networkClock: base,
    faultClock,
    clock: market.clock,
    journal,
    accounts,
    market,
    brokerage,
    routes: [
      ...systemRoutes(context),
      ...contractRoutes(context),
      ...marketDataRoutes(context),
      ...tickByTickRoutes(context),
      ...realTimeBarRoutes(context),
      ...historyRoutes(context),
      ...orderRoutes(context),
      ...accountRoutes(context),
      ...referenceRoutes(context),
    ],
  });
  const stopRelay = relayBrokerage({
    brokerage,
    journal,
    push: (callback) => {
      server.push(callback);
    },
  });
  const keeper =
    resolved.stateFile === undefined
      ? undefined
      : new StateKeeper({
          path: resolved.stateFile,
          brokerage,
          clock: base,
          onError: (reason) => {
            journal.append('fault', 'stateNotSaved', { message: { reason } });
          },
        });
  const runner =
    scenario === undefined
      ? undefined
      : new ScenarioRunner({
          scenario,
          triggers: server.triggers,
          clock: market.clock,
          act: (step) => {
            try {
              doStep(control, step);
            } catch (error) {
              journal.append('fault', 'scenarioStepFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
            }
          },
        });
  const control = createControl({ server, market, brokerage, journal, scenario: () => runner?.state });
  const controlServer = resolved.controlPort === undefined ? undefined : new ControlServer({ host: resolved.host, port: resolved.controlPort, control });
  let closed: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    runner?.close();
    await controlServer?.close();
    await server.close();
    stopRelay();
    try {
      await keeper?.close();
    } finally {
      brokerage.close();
      market.close();
    }
  };
  const close = (): Promise<void> => (closed ??= shutDown());
  try {
    if (kept !== undefined) restoreBrokerage(brokerage, kept, resolved.stateFile);
    await keeper?.start();
    await server.listen();
    await controlServer?.listen();
  } catch (error) {
    await close();
    throw error;
  }
  market.start();
  runner?.start();
  return {
    host: server.host,
    get port() {
      return server.port;
    },
    clock: market.clock,
    controlPort: controlServer?.port,
    control,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws UsageError when what was kept does not fit the options. */
function restoreBrokerage(brokerage: Brokerage, kept: BrokerageSnapshot, path: string | undefined): void {
  try {
    brokerage.restore(kept);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError({ field: 'stateFile', value: path, rule: `must fit the other options: ${reason}`, cause: error });
  }
}

function correctNewest(control: SimulatorControl, by: number): void {
  const newest = control.state().executions.at(-1);
  if (newest === undefined) throw new UsageError({ field: 'correct', rule: 'needs an execution to correct' });
  control.correctExecution(newest.execId, Math.round((newest.price + by) * 10_000) / 10_000);
}

function doStep(control: SimulatorControl, step: ScenarioStep): void {
  if (step.endFaults !== undefined) control.endFaults(step.endFaults === 'all' ? {} : { type: step.endFaults });
  if (step.market !== undefined) control.moveMarket(step.market);
  if (step.clock !== undefined) control.moveClock(step.clock);
  if (step.fault !== undefined) control.inject(step.fault);
  if (step.correct !== undefined) correctNewest(control, step.correct.by);
  if (step.manualOrder !== undefined) control.placeManualOrder(step.manualOrder);
  if (step.approve === true) control.approve();
}
