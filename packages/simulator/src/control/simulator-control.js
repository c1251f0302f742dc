import { noticeText } from '../faults/notice-texts.js';
import { HOLD_FAMILIES } from '../server/client-session.js';
import { moveClock, moveMarket } from './commands.js';
function clientState(session) {
    const { clientId, serverVersion, connectedAtMs, received, connection } = session;
    return {
        clientId,
        serverVersion,
        connectedAtMs,
        received,
        sent: Object.fromEntries(session.sent),
        pendingBytes: connection.pendingBytes,
        subscriptions: Object.fromEntries(HOLD_FAMILIES.map((family) => [family, session.held(family)])),
    };
}
/** Makes the {@link SimulatorControl} of one simulator. */
export function createControl({ server, market, brokerage, journal, scenario }) {
    return {
        state: () => ({
            host: server.host,
            port: server.port,
            listening: server.listening,
            clock: { nowMs: market.clock.now(), speed: market.clock.speed, paused: market.clock.paused, held: market.held },
            connections: server.connectionCount,
            clients: [...server.sessions.values()].map(clientState),
            faults: server.faults.faults,
            scenario: scenario(),
            openOrders: brokerage.openOrders(),
            completedOrders: brokerage.completedOrders(),
            executions: brokerage.executions().map(({ execution }) => execution),
            positions: brokerage.positions(),
        }),
        journal: (filter) => journal.read(filter),
        get lastSeq() {
            return journal.lastSeq;
        },
        setPrice: (symbol, price) => {
            market.setPrice(symbol, price);
        },
        dropClients: (kind, clientId) => server.drop(kind, clientId),
        notice: (code, text = noticeText(code), id = -1) => server.broadcast(id, code, text),
        mute: (clientId) => server.inject({ type: 'half-open', clientId }),
        inject: (fault) => server.inject(fault),
        moveMarket: (command) => {
            moveMarket(market, command);
            journal.append('fault', 'market', { message: { ...command } });
        },
        quote: (symbol) => {
            const underlying = market.universe.underlyings.find((instrument) => instrument.symbol === symbol.toUpperCase());
            return underlying === undefined ? undefined : { ...market.quote(underlying.conId), symbol: underlying.symbol, halted: market.halted(underlying.conId) };
        },
        moveClock: (command) => {
            moveClock(market, command);
            journal.append('fault', 'clock', { message: { ...command } });
        },
        clearFaults: (type) => server.faults.clear({ type }),
        endFaults: (which) => server.faults.clear(which),
        approve: () => server.faults.clear({ type: 'weekly-login' }),
        stopListening: () => {
            server.stopListening();
        },
        listen: () => server.listen(),
    };
}
