import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { GatewayProcess, configuredDriver } from '@ibkit/gateway-process';
import type { DaemonSettings, GatewayProcessSettings, RestartSettings } from '../settings/settings.js';
import { gatewayScheduleOf } from './restart-windows.js';

/** What the process of the gateway is made from. */
export interface GatewayPartOptions {
  readonly settings: DaemonSettings;
  readonly gatewayProcess: GatewayProcessSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly restarts: RestartSettings;
  /** The gateway's time, which restarts follow. @defaultValue the clock's */
  readonly gatewayNow?: (() => number) | undefined;
  /** Whether it may be restarted now: `true`, or why not. */
  readonly mayRestart: () => true | string;
}

/** The process of the gateway, as the configuration says it is run. Closing it leaves the gateway running: the next daemon takes it over. */
export function gatewayPart({ settings, gatewayProcess, restarts, env, clock, gatewayNow, mayRestart }: GatewayPartOptions): GatewayProcess {
  const { stateDir, gatewayHost, gatewayPort, mode, watchdog } = settings;
  return new GatewayProcess({
    driver: configuredDriver(gatewayProcess, { mode, env, clock }), stateDir: path.join(stateDir, 'gateway'), host: gatewayHost, port: gatewayPort, clock, gatewayNow, mayRestart,
    schedule: gatewayScheduleOf(restarts), maxRestartsPerHour: watchdog.maxRestartsPerHour,
  });
}
