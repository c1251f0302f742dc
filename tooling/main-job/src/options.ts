/** What the user asked `npm start` for. */
export interface MainJobOptions {
  /** Stop by itself after this many milliseconds. */
  readonly forMs: number | undefined;
  readonly symbols: readonly string[];
  /** Connect to a real gateway instead of the embedded simulator. */
  readonly real: boolean;
  /** Passed on to the daemon as they are. */
  readonly daemonArguments: readonly string[];
}

/** A command line that cannot be understood; its message is for the user. */
export class MainJobUsageError extends Error {
  override readonly name = 'MainJobUsageError';
}

const DEFAULT_SYMBOLS = ['SPY', 'AAPL', 'MSFT', 'NVDA', 'QQQ'];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const GATEWAY_FLAGS = new Set(['--paper', '--live', '--gateway', '--tws']);
const GATEWAY_OPTIONS = new Set(['--host', '--port', '--client-id']);
const DAEMON_OPTIONS = new Set(['--state-dir', '--listen', '--log-level']);

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? 's'] ?? Number.NaN);
  if (!(ms > 0)) throw new MainJobUsageError(`--for must be a duration such as 10s or 2m, got "${text}"`);
  return ms;
}

/**
 * Reads the arguments behind `npm start --`.
 * @throws MainJobUsageError for an unknown argument or a missing value.
 */
export function parseOptions(argv: readonly string[]): MainJobOptions {
  let forMs: number | undefined;
  let symbols: readonly string[] = DEFAULT_SYMBOLS;
  let real = false;
  const daemonArguments: string[] = [];
  const rest = argv[Symbol.iterator]();
  for (const argument of rest) {
    const value = (): string => {
      const next = rest.next();
      if (next.done === true || next.value.startsWith('--')) throw new MainJobUsageError(`${argument} needs a value`);
      return next.value;
    };
    if (argument === '--for') forMs = duration(value());
    else if (argument === '--symbols') symbols = value().toUpperCase().split(',').filter((symbol) => symbol !== '');
    else if (argument === '--simulate') real = false;
    else if (GATEWAY_FLAGS.has(argument)) {
      real = true;
      daemonArguments.push(argument);
    } else if (GATEWAY_OPTIONS.has(argument)) {
      real = true;
      daemonArguments.push(argument, value());
    } else if (DAEMON_OPTIONS.has(argument)) daemonArguments.push(argument, value());
    else throw new MainJobUsageError(`unknown argument "${argument}"; npm start takes --for, --symbols, --paper, --live, --gateway, --tws, --host, --port, --client-id, --listen, --state-dir`);
  }
  return { forMs, symbols, real, daemonArguments };
}
