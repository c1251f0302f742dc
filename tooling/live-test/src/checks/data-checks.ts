import { isIbkrError } from '@ibkit/error-codes';
import { NotApplicable, holds } from '../check.js';
import type { Check } from '../check.js';

/** A missing subscription is a fact about the account, not a fault. */
function withoutPermission(error: unknown): never {
  if (isIbkrError(error) && [354, 10_089, 10_168, 10_186, 10_197].includes(error.brokerCode ?? 0)) {
    throw new NotApplicable(`no market data: ${error.message}`, { cause: error });
  }
  throw error;
}

/** Checks of contracts, quotes and lists. Nothing of them is written down but numbers of things. */
export function dataChecks(): readonly Check[] {
  return [
    {
      id: 'contract',
      proves: 'A symbol is resolved to the one contract that is meant.',
      run: async ({ marketData, settings, observe }) => {
        const contract = await marketData.resolve(settings.symbol);
        holds(contract.conId > 0, 'it has no contract id');
        observe('minTick', contract.minTick);
      },
    },
    {
      id: 'unknown-contract',
      proves: 'A symbol that does not exist is a typed error, soon.',
      run: async ({ marketData }) => {
        const error: unknown = await marketData.resolve('QQZZXX').then(
          () => undefined,
          (reason: unknown) => reason,
        );
        holds(isIbkrError(error) && error.code === 'IBKR_CONTRACT_NOT_FOUND', `the answer was ${isIbkrError(error) ? error.code : 'a contract'}`);
      },
    },
    {
      id: 'delayed-quote',
      proves: 'Delayed market data arrives, and says that it is delayed, or better.',
      notInSimulator: 'which mode an account gets, and how soon, depends on its subscriptions',
      run: async ({ marketData, settings, clock, observe }) => {
        await using ticker = marketData.subscribeTicker(settings.symbol, { mode: 'delayed' });
        const startMs = clock.monotonic();
        const quote = await ticker.waitFor(({ bid, ask, last, close }) => (bid ?? ask ?? last ?? close) !== undefined, { timeoutMs: 30_000 }).catch(withoutPermission);
        observe('firstPriceAfterMs', Math.round(clock.monotonic() - startMs));
        observe('mode', quote.mode);
        holds(!quote.stale, 'the first quote is stale');
      },
    },
    {
      id: 'snapshot-end',
      proves: 'A snapshot ends, with the word of the gateway that it is complete.',
      run: async ({ marketData, settings, clock, observe }) => {
        const startMs = clock.monotonic();
        const snapshot = await marketData.snapshot(settings.symbol, { mode: 'delayed', timeoutMs: 20_000 }).catch(withoutPermission);
        observe('endedAfterMs', Math.round(clock.monotonic() - startMs));
        observe('mode', snapshot.mode);
        holds(snapshot.complete, 'the end was never told');
      },
    },
    {
      id: 'lists-end',
      proves: 'Orders, executions and positions come as complete lists: what the order gate waits for.',
      run: async ({ trading, observe }) => {
        const report = await trading.reconcile();
        holds(report.unknown.length === 0, 'orders are unknown before anything was placed');
        observe('tookMs', report.finishedAtMs - report.startedAtMs);
      },
    },
    {
      id: 'account-values',
      proves: 'The values of every account come as a complete list.',
      run: async ({ trading, auth }) => {
        const summaries = await trading.account();
        holds(summaries.length > 0 && summaries.length <= auth.accounts.length, `${summaries.length} accounts have values`);
        holds(summaries.every(({ values }) => values.some(({ tag }) => tag === 'NetLiquidation')), 'an account has no NetLiquidation');
      },
    },
  ];
}
