import { systemClock } from '@ibkit/clock';
import { isIbkrError } from '@ibkit/error-codes';
import { CHECKS, runSuite } from './run-suite.js';
import type { CheckResult } from './run-suite.js';
import { settingsFromEnv } from './settings.js';

/** What the program needs of its process. */
export interface LiveTestIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const HELP = `Checks a real paper gateway. Off unless the environment names one:

  IBKIT_LIVE_TEST_HOST=127.0.0.1 IBKIT_LIVE_TEST_PORT=4002 npm run test:live [-- --json | --list]

  IBKIT_LIVE_TEST_ORDERS=1       also place orders, one share far below the market, and cancel them
  IBKIT_LIVE_TEST_CLIENT_ID=90   this client id and the next one are used
  IBKIT_LIVE_TEST_SYMBOL=AAPL    what is quoted and ordered
  IBKIT_LIVE_TEST_LIMIT=1        the limit price of the orders

The ports of live gateways (7496, 4001) and live accounts are refused. What it proves, and what is left to check by hand: docs/live-checks.md
`;

function line({ id, outcome, reason, tookMs, facts }: CheckResult): string {
  const seen = Object.entries(facts).map(([name, fact]) => `\n         ${name}: ${String(fact)}`);
  return `${outcome.padEnd(5)}  ${id} (${tookMs} ms)${reason === undefined ? '' : `: ${reason}`}${seen.join('')}\n`;
}

/**
 * Runs the suite as the environment says.
 * @returns the exit code: 0 all passed, were skipped, or nothing was asked for; 1 something failed; 2 refused; 3 no gateway; 4 no paper account
 */
export async function liveTest(argv: readonly string[], io: LiveTestIo): Promise<number> {
  const json = argv.includes('--json');
  const unknown = argv.find((word) => !['--json', '--list', '--help'].includes(word));
  if (unknown !== undefined || argv.includes('--help')) {
    (unknown === undefined ? io.out : io.err)(unknown === undefined ? HELP : `live-test: ${unknown} is not known\n\n${HELP}`);
    return unknown === undefined ? 0 : 2;
  }
  if (argv.includes('--list')) {
    io.out(CHECKS.map(({ id, proves, orders }) => `${id}${orders === true ? ' (orders)' : ''}: ${proves}\n`).join(''));
    return 0;
  }
  try {
    const settings = settingsFromEnv(io.env);
    if (settings === undefined) {
      io.err('live-test: off, because the environment names no gateway (IBKIT_LIVE_TEST_HOST, IBKIT_LIVE_TEST_PORT)\n');
      return 0;
    }
    const results = await runSuite({ settings, clock: systemClock(), onResult: json ? undefined : (result) => { io.out(line(result)); } });
    if (json) io.out(`${JSON.stringify({ results }, undefined, 2)}\n`);
    const count = (outcome: CheckResult['outcome']): number => results.filter((result) => result.outcome === outcome).length;
    io.err(`live-test: ${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped\n`);
    return count('fail') === 0 ? 0 : 1;
  } catch (error) {
    if (!isIbkrError(error)) throw error;
    io.err(`live-test: ${error.message}\n${error.tips.map((tip) => `  ${tip}\n`).join('')}`);
    if (error.name === 'UsageError') return 2;
    return error.name === 'AccountError' ? 4 : 3;
  }
}
