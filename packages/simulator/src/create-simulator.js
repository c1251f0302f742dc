import { UsageError } from '@ibkit/error-codes';
import { createBrokerage } from './brokerage/create-brokerage.js';
import { ControlServer } from './control/control-server.js';
import { loadScenario } from './control/scenario.js';
import { ScenarioRunner } from './control/scenario-runner.js';
import { createControl } from './control/simulator-control.js';
import { createMarket } from './market/create-market.js';
import { StateKeeper, readStateFile } from './control/state-file.js';
import { loadReplay } from './replay/load-replay.js';
import { accountRoutes } from './server/account-routes.js';
import { relayBrokerage } from './server/brokerage-relay.js';
import { contractRoutes } from './server/contract-routes.js';
import { marketDataRoutes } from './server/market-data-routes.js';
import { orderRoutes } from './server/order-routes.js';
import { realTimeBarRoutes } from './server/real-time-bar-routes.js';
import { SimulatorServer } from './server/simulator-server.js';
import { systemRoutes } from './server/system-routes.js';
import { tickByTickRoutes } from './server/tick-by-tick-routes.js';
import { WitnessJournal } from './server/witness-journal.js';
import { resolveSimulatorOptions } from './simulator-options.js';
/**
 * Starts a simulator. Any TWS API client connects to it unchanged (server versions 157 to 193).
 *
 * @throws UsageError for an option out of range, for a replay file that cannot be read, and for a scenario or state file that is broken.
 * @throws ConnectionError `IBKR_SIMULATOR_PORT_IN_USE` when another program uses the port, `IBKR_SIMULATOR_CONTROL_PORT` when the control port cannot be had.
 */
export async function createSimulator(options = {}) {
    const scenario = options.scenario === undefined ? undefined : await loadScenario(options.scenario);
    const resolved = resolveSimulatorOptions(options, scenario?.options);
    const { clock: base, seed, speed, startAtMs, accounts, dataPermission } = resolved;
    const replay = resolved.replay.length === 0 ? undefined : await loadReplay(resolved.replay);
    const kept = resolved.stateFile === undefined ? undefined : await readStateFile(resolved.stateFile);
    const market = createMarket({ base, seed, speed, startAtMs, replay });
    const brokerage = createBrokerage({ market, accounts });
    const journal = new WitnessJournal({ clock: market.clock, limit: resolved.journalLimit });
    const context = { market, brokerage, dataPermission };
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
            ...orderRoutes(context),
            ...accountRoutes(context),
        ],
    });
    const stopRelay = relayBrokerage({
        brokerage,
        journal,
        push: (callback) => {
            server.push(callback);
        },
    });
    const keeper = resolved.stateFile === undefined
        ? undefined
        : new StateKeeper({
            path: resolved.stateFile,
            brokerage,
            clock: base,
            onError: (reason) => {
                journal.append('fault', 'stateNotSaved', { message: { reason } });
            },
        });
    const runner = scenario === undefined
        ? undefined
        : new ScenarioRunner({
            scenario,
            triggers: server.triggers,
            clock: market.clock,
            act: (step) => {
                try {
                    doStep(control, step);
                }
                catch (error) {
                    journal.append('fault', 'scenarioStepFailed', { message: { reason: error instanceof Error ? error.message : String(error) } });
                }
            },
        });
    const control = createControl({ server, market, brokerage, journal, scenario: () => runner?.state });
    const controlServer = resolved.controlPort === undefined ? undefined : new ControlServer({ host: resolved.host, port: resolved.controlPort, control });
    let closed;
    const shutDown = async () => {
        runner?.close();
        await controlServer?.close();
        await server.close();
        stopRelay();
        try {
            await keeper?.close();
        }
        finally {
            brokerage.close();
            market.close();
        }
    };
    const close = () => (closed ??= shutDown());
    try {
        if (kept !== undefined)
            restoreBrokerage(brokerage, kept, resolved.stateFile);
        await keeper?.start();
        await server.listen();
        await controlServer?.listen();
    }
    catch (error) {
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
function restoreBrokerage(brokerage, kept, path) {
    try {
        brokerage.restore(kept);
    }
    catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UsageError({ field: 'stateFile', value: path, rule: `must fit the other options: ${reason}`, cause: error });
    }
}
function doStep(control, step) {
    if (step.endFaults !== undefined)
        control.endFaults(step.endFaults === 'all' ? {} : { type: step.endFaults });
    if (step.market !== undefined)
        control.moveMarket(step.market);
    if (step.clock !== undefined)
        control.moveClock(step.clock);
    if (step.fault !== undefined)
        control.inject(step.fault);
    if (step.approve === true)
        control.approve();
}
