import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Where the gateway, TWS or the simulator listens. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/** The first argument (`PORT` or `HOST:PORT`), else `IBKIT_HOST` and `IBKIT_PORT`, else IB Gateway for paper trading on this machine. */
export function gatewayAddress(argument = process.argv[2], env: Readonly<Record<string, string | undefined>> = process.env): GatewayAddress {
  const { IBKIT_HOST: namedHost = '127.0.0.1', IBKIT_PORT: namedPort = '4002' } = env;
  const [, host = namedHost, port = namedPort] = /^(?:(.+):)?(\d+)$/u.exec(argument ?? '') ?? [];
  return { host, port: Number(port) };
}

/** Whether this file is the program that was started, and not imported by another one (a test). */
export function isProgram(url: string): boolean {
  const [, started] = process.argv;
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(url));
}
