import { UsageError } from '@ibkit/error-codes';

/** Where the suite runs, and what it may do there. */
export interface LiveTestSettings {
  readonly host: string;
  readonly port: number;
  /** The next id is used too. */
  readonly clientId: number;
  /** Whether it may place orders, which it cancels again. */
  readonly orders: boolean;
  readonly symbol: string;
  /** Far below the market: the order must not fill. */
  readonly limitPrice: number;
}

/** Out of the box these are live: real money. */
const LIVE_PORTS: readonly number[] = [7496, 4001];

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min || value > max || text.trim() === '') {
    throw new UsageError({ field: name, value: text, rule: `must be a whole number from ${min} to ${max}` });
  }
  return value;
}

/**
 * What the environment asks for; `undefined` when it names no gateway, which is the usual case.
 * @throws {@link UsageError} for a value that breaks a rule, and for the ports of live gateways.
 */
export function settingsFromEnv(env: Readonly<Record<string, string | undefined>>): LiveTestSettings | undefined {
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const [host, port] = [given('IBKIT_LIVE_TEST_HOST'), given('IBKIT_LIVE_TEST_PORT')];
  if (host === undefined && port === undefined) return undefined;
  const settings: LiveTestSettings = {
    host: host ?? '127.0.0.1',
    port: whole('IBKIT_LIVE_TEST_PORT', port ?? '4002', 1, 65_535),
    clientId: whole('IBKIT_LIVE_TEST_CLIENT_ID', given('IBKIT_LIVE_TEST_CLIENT_ID') ?? '90', 1, 2_147_483_646),
    orders: given('IBKIT_LIVE_TEST_ORDERS') === '1',
    symbol: given('IBKIT_LIVE_TEST_SYMBOL') ?? 'AAPL',
    limitPrice: Number(given('IBKIT_LIVE_TEST_LIMIT') ?? '1'),
  };
  if (LIVE_PORTS.includes(settings.port)) {
    throw new UsageError({ field: 'IBKIT_LIVE_TEST_PORT', value: settings.port, rule: 'must not be the port of a live gateway (7496, 4001): this suite runs on paper accounts only' });
  }
  if (!(settings.limitPrice > 0 && Number.isFinite(settings.limitPrice))) {
    throw new UsageError({ field: 'IBKIT_LIVE_TEST_LIMIT', value: settings.limitPrice, rule: 'must be a price above 0' });
  }
  return settings;
}
