import type { ApiHealth, ApiLayer, ApiReadiness } from '@ibkit/api-contract';
import type { ConnectionState, HealthReport, Layer } from '@ibkit/core-connection';

function layerView({ status, sinceMs, cause }: Layer): ApiLayer {
  return { status, sinceMs, cause };
}

/** The link layer by layer. */
export function healthView({ layers }: HealthReport): ApiHealth {
  return {
    tcp: layerView(layers.tcp),
    handshake: layerView(layers.handshake),
    api: layerView(layers.api),
    upstream: layerView(layers.upstream),
    farms: Object.fromEntries(Object.entries(layers.farms).map(([name, layer]) => [name, layerView(layer)])),
  };
}

/** What readiness is judged by. */
export interface ReadinessFacts {
  readonly state: ConnectionState;
  readonly health: HealthReport;
  /** Why a new order would be refused now. */
  readonly gate: readonly string[];
}

/** Whether data and orders can be asked for right now, and every reason why not. */
export function readinessView({ state, health, gate }: ReadinessFacts): ApiReadiness {
  const { upstream } = health.layers;
  const dataReasons = [
    ...(state === 'connected' ? [] : [`connection is ${state}`]),
    ...(upstream.status === 'down' ? [`gateway has no link to the broker: ${upstream.cause}`] : []),
  ];
  return {
    ready: dataReasons.length === 0 && gate.length === 0,
    dataReady: dataReasons.length === 0,
    tradeReady: gate.length === 0,
    reasons: [...dataReasons, ...gate.map((reason) => `order gate: ${reason}`)],
  };
}
