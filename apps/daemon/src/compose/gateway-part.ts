import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@ibkit/clock';
import { ConfigurationError } from '@ibkit/error-codes';
import { GatewayProcess, directDriver, externalDriver, ibcDriver } from '@ibkit/gateway-process';
import type { GatewayDriver, IbcCredentials } from '@ibkit/gateway-process';
import type { DaemonSettings, GatewayProcessSettings, RestartSettings } from '../settings/settings.js';
import { gatewayScheduleOf } from './restart-windows.js';

/** Reads `user` and `password` from a file that only this user can read; it is read before each start and kept nowhere. */
async function credentialsIn(file: string): Promise<IbcCredentials> {
  const bad = (rule: string): ConfigurationError => new ConfigurationError({ problems: [{ path: 'gateway-process.credentials_file', rule }] });
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw bad('must be a file that only this user can read (chmod 600)');
  const lines = (await readFile(file, 'utf8')).split('\n').flatMap((line) => {
    const mark = line.indexOf('=');
    return mark < 0 ? [] : [[line.slice(0, mark).trim(), line.slice(mark + 1).trim()] as const];
  });
  const { user, password } = Object.fromEntries(lines);
  if (user === undefined || user === '' || password === undefined || password === '') throw bad('must hold the lines user=... and password=...');
  return { user, password };
}

function driverOf(settings: GatewayProcessSettings, mode: DaemonSettings['mode'], env: Readonly<Record<string, string | undefined>>, clock: Clock): GatewayDriver {
  switch (settings.driver) {
    case 'external': return externalDriver();
    case 'direct': return directDriver({ gatewayPath: settings.program, args: settings.args, env });
    case 'ibc': {
      const { script, version, credentialsFile, twsPath, ibcPath } = settings;
      return ibcDriver({ script, version, mode, twsPath, ibcPath, env, clock, credentials: () => credentialsIn(credentialsFile) });
    }
  }
}

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
    driver: driverOf(gatewayProcess, mode, env, clock), stateDir: path.join(stateDir, 'gateway'), host: gatewayHost, port: gatewayPort, clock, gatewayNow, mayRestart,
    schedule: gatewayScheduleOf(restarts), maxRestartsPerHour: watchdog.maxRestartsPerHour,
  });
}
