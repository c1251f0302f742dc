import { sleep } from '@ibkit/clock';
import type { ApiGateway, BrokerOperations } from '@ibkit/api-contract';
import { notConfiguredError } from '../not-configured.js';
import type { OperationsConnection, ResolvedOperationsOptions } from '../options.js';
import { externalGatewayView, gatewayView } from '../views/gateway.js';
import type { GatewayPort } from './gateway-port.js';

/** What the gateway operations work with. */
export type GatewayDeps = Pick<ResolvedOperationsOptions, 'clock' | 'gateway'> & {
  readonly connection: Pick<OperationsConnection, 'getStatus'>;
  /** Told of a failure that comes when nobody waits for it any more. */
  readonly onFailure: (error: unknown) => void;
};

/** What fails at once (no program, no lock, a lock-out) is told to whoever asked; what takes its time is told by the state. */
const AT_ONCE_MS = 1000;

/** The process of the gateway. Starting may take minutes and wait for a person: the answer is the state in which it then is. */
export function gatewayOperations(deps: GatewayDeps): Pick<BrokerOperations, 'gateway' | 'startGateway' | 'stopGateway' | 'restartGateway'> {
  const { connection, gateway } = deps;
  return {
    gateway: () => Promise.resolve(gateway === undefined ? externalGatewayView(connection.getStatus()) : gatewayView(gateway.status())),
    startGateway: async (_input, { signal } = {}) => begun(deps, (port) => port.start(), signal),
    stopGateway: async (_input, { signal } = {}) => begun(deps, (port) => port.stop(), signal),
    restartGateway: async ({ force }, { signal } = {}) => begun(deps, (port) => port.restart({ force }), signal),
  };
}

async function begun({ clock, gateway, onFailure }: GatewayDeps, begin: (port: GatewayPort) => Promise<unknown>, signal: AbortSignal | undefined): Promise<ApiGateway> {
  if (gateway === undefined) throw notConfiguredError('gateway');
  signal?.throwIfAborted();
  let waiting = true;
  const done = begin(gateway).catch((error: unknown) => {
    if (waiting) throw error;
    onFailure(error);
  });
  const stop = new AbortController();
  try {
    await Promise.race([done, sleep(clock, AT_ONCE_MS, { signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) })]);
    return gatewayView(gateway.status());
  } finally {
    waiting = false;
    stop.abort();
  }
}
