import { withDeadline } from '@ibkit/clock';
import type { Clock } from '@ibkit/clock';
import { AuthManager, ConnectionManager } from '@ibkit/core-connection';
import { AccountError, TimeoutError } from '@ibkit/error-codes';
import { Trading } from '@ibkit/gateway-trading';
import { MarketData } from '@ibkit/market-data';
import type { ServerMessage } from '@ibkit/wire';
import { NotApplicable } from './check.js';
import type { Check, CheckContext, Fact } from './check.js';
import { dataChecks } from './checks/data-checks.js';
import { orderChecks } from './checks/order-checks.js';
import { sessionChecks } from './checks/session-checks.js';
import type { LiveTestSettings } from './settings.js';

/** Everything that the suite proves, in the order in which it does. */
export const CHECKS: readonly Check[] = [...sessionChecks(), ...dataChecks(), ...orderChecks()];

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly proves: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** Why it failed or was skipped. */
  readonly reason?: string | undefined;
  readonly tookMs: number;
  /** What was seen where nothing promises anything. */
  readonly facts: Readonly<Record<string, Fact>>;
}

export interface SuiteOptions {
  readonly settings: LiveTestSettings;
  readonly clock: Clock;
  /** Told as soon as a check is over. */
  readonly onResult?: ((result: CheckResult) => void) | undefined;
}

const CHECK_TIMEOUT_MS = 120_000;

async function runCheck(check: Check, context: Omit<CheckContext, 'observe'>): Promise<CheckResult> {
  const { clock, settings } = context;
  const facts: Record<string, Fact> = {};
  const startMs = clock.monotonic();
  const result = (outcome: CheckResult['outcome'], reason?: string): CheckResult => ({
    id: check.id,
    proves: check.proves,
    outcome,
    reason,
    tookMs: Math.round(clock.monotonic() - startMs),
    facts,
  });
  if (check.orders === true && !settings.orders) return result('skip', 'places orders: set IBKIT_LIVE_TEST_ORDERS=1');
  const observe = (name: string, fact: Fact): void => {
    facts[name] = fact;
  };
  try {
    const timeoutError = (): Error => new TimeoutError({ message: `It did not end within ${CHECK_TIMEOUT_MS} ms` });
    await withDeadline(clock, CHECK_TIMEOUT_MS, check.run({ ...context, observe }), { timeoutError });
    return result('pass');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return result(error instanceof NotApplicable ? 'skip' : 'fail', reason);
  }
}

/**
 * Runs every check on one gateway.
 * @throws ConnectionError when it cannot be reached; AccountError `IBKR_LIVE_TEST_NOT_PAPER` when its accounts are not all paper accounts:
 *   then nothing was asked and no order was placed.
 */
export async function runSuite({ settings, clock, onResult }: SuiteOptions): Promise<readonly CheckResult[]> {
  const { host, port, clientId } = settings;
  await using connection = new ConnectionManager({ host, port, clientId, clock });
  const greeting: ServerMessage[] = [];
  const stopGreeting = connection.onMessage((message) => {
    if (!connection.isConnected()) greeting.push(message);
  });
  await connection.connect({ timeoutMs: 30_000, retryCount: 0 });
  stopGreeting();
  await using auth = new AuthManager({ connection });
  if (auth.proof !== 'proven') {
    throw new AccountError({
      code: 'IBKR_LIVE_TEST_NOT_PAPER',
      message: 'This gateway serves accounts that are not paper accounts. Nothing was asked, and no order was placed.',
      tips: ['Log the gateway in with the paper user, and use its port: TWS 7497, IB Gateway 4002.'],
    });
  }
  await using marketData = new MarketData({ connection });
  await using trading = new Trading({ connection });
  await trading.start();
  await trading.ready({ timeoutMs: 60_000 });
  const results: CheckResult[] = [];
  try {
    for (const check of CHECKS) {
      const result = await runCheck(check, { settings, clock, connection, auth, marketData, trading, greeting });
      results.push(result);
      onResult?.(result);
    }
  } finally {
    // Whatever a check left working.
    if (settings.orders && connection.isConnected()) await trading.cancelAll();
  }
  return results;
}
