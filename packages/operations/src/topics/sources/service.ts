import type { ApiRisk, TopicSnapshot } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import type { GatewayPort } from '../../gateway/gateway-port.js';
import type { OperationsConnection, OperationsTrading } from '../../options.js';
import { externalGatewayView, gatewayView } from '../../views/gateway.js';
import { healthView, readinessView } from '../../views/health.js';
import { known } from '../../views/known.js';
import type { TopicSink, TopicSource } from '../topic-source.js';
import { observedSource } from './observed.js';

/** A gateway process tells nobody what happens to it. */
const GATEWAY_EVERY_MS = 1000;
/** Caps of the day and the end of an arming come with time alone. */
const RISK_EVERY_MS = 5000;

/** What topics about the service itself work with. */
export interface ServiceTopicDeps {
  readonly clock: Clock;
  readonly connection: OperationsConnection;
  readonly trading: OperationsTrading;
  readonly gateway: GatewayPort | undefined;
}

/** The connection, layer by layer, with readiness. */
export function healthSource({ clock, connection, trading }: ServiceTopicDeps, sink: TopicSink<'health'>): TopicSource<'health'> {
  return observedSource<TopicSnapshot<'health'>>(
    {
      clock,
      read: () => {
        const { state, health } = connection;
        const { reconnectCount, serverOffsetMs } = connection.getStatus();
        const { dataReady, tradeReady, reasons } = readinessView({ state, health, gate: trading.gate() });
        return known({ state, health: healthView(health), readiness: { dataReady, tradeReady, reasons }, reconnectCount, serverTimeMs: serverOffsetMs === undefined ? undefined : connection.serverNow() });
      },
      // Its clock moves all the time.
      compared: (data) => ({ ...data, serverTimeMs: undefined }),
      watch: (look) => [connection.events.on('connection.healthChanged', look), connection.events.on('connection.stateChanged', look), trading.events.on('gate.changed', look)],
    },
    sink,
  );
}

/** The process of the gateway. */
export function gatewaySource({ clock, connection, gateway }: ServiceTopicDeps, sink: TopicSink<'gateway'>): TopicSource<'gateway'> {
  return observedSource(
    {
      clock,
      read: () => (gateway === undefined ? externalGatewayView(connection.getStatus()) : gatewayView(gateway.status())),
      everyMs: gateway === undefined ? undefined : GATEWAY_EVERY_MS,
      watch: (look) => [connection.events.on('connection.healthChanged', look)],
    },
    sink,
  );
}

/** The order gate, arming and the kill switch. */
export function riskSource({ clock, trading, risk }: ServiceTopicDeps & { readonly risk: () => Promise<ApiRisk> | ApiRisk }, sink: TopicSink<'risk'>): TopicSource<'risk'> {
  return observedSource(
    {
      clock,
      read: risk,
      everyMs: RISK_EVERY_MS,
      watch: (look) => [
        trading.events.on('gate.changed', look), trading.events.on('killSwitch.changed', look), trading.events.on('arming.changed', look), trading.events.on('order.statusChanged', look), trading.events.on('order.filled', look),
      ],
    },
    sink,
  );
}
