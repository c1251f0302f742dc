import type { ApiReadiness } from '@ibkit/api-contract';
import type { ConnectionManager } from '@ibkit/core-connection';
import type { Trading } from '@ibkit/gateway-trading';

/** Whether data and orders can be asked for right now, and why not. */
export function readiness(connection: ConnectionManager, trading: Trading): ApiReadiness {
  const { upstream } = connection.health.layers;
  const dataReasons = [
    ...(connection.isConnected() ? [] : [`connection is ${connection.state}`]),
    ...(upstream.status === 'down' ? [`gateway has no link to the broker: ${upstream.cause}`] : []),
  ];
  const gate = trading.gate();
  return {
    ready: dataReasons.length === 0 && gate.length === 0,
    dataReady: dataReasons.length === 0,
    tradeReady: gate.length === 0,
    reasons: [...dataReasons, ...gate.map((reason) => `order gate: ${reason}`)],
  };
}
