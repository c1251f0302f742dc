import type { BrokerOperations } from '@ibkit/api-contract';
import { OrderError } from '@ibkit/error-codes';
import { untilEnough } from '../orders/waiting.js';
import { cancelReportView } from '../views/order.js';
import { auditPage } from './audit-pages.js';
import type { RiskDeps } from './risk-deps.js';
import { reconcileView, riskView } from './risk-view.js';

type RiskOperationName = 'reconcile' | 'lastReconcile' | 'risk' | 'arm' | 'disarm' | 'kill' | 'releaseKill' | 'audit';

const UNREASONED = 'asked for without a reason';

/** What limits orders, what was found out about them, and what was written down. A caller who hangs up stops waiting; what was asked for is done. */
export function riskOperations(deps: RiskDeps): Pick<BrokerOperations, RiskOperationName> {
  const { clock, trading } = deps;
  const waited = async <T>(begin: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    signal?.throwIfAborted();
    const work = begin();
    await untilEnough(() => work, () => work, { clock, deadlineMs: clock.monotonic(), signal });
    return work;
  };
  return {
    reconcile: async (_input, { signal } = {}) => reconcileView(await waited(() => trading.reconcile(), signal)),
    // Asynchronous, so that an error is a rejection.
    // eslint-disable-next-line @typescript-eslint/require-await
    lastReconcile: async () => {
      trading.risk();
      const report = trading.lastReconcile;
      if (report === undefined) throw new OrderError({ code: 'IBKR_RECONCILE_NONE', message: 'Journal and broker have not been compared yet: that is done as soon as a session is ready', retryable: true });
      return reconcileView(report);
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    risk: async () => riskView(trading),
    arm: async ({ body }, { signal } = {}) => ({ ...(await waited(() => trading.arm(body), signal)) }),
    disarm: async ({ reason = UNREASONED }, { signal } = {}) => ({ changed: await waited(() => trading.disarm(reason), signal) }),
    kill: async ({ body: { reason, all } }, { signal } = {}) => cancelReportView(await waited(() => trading.kill(reason, { all }), signal)),
    releaseKill: async ({ reason }, { signal } = {}) => {
      if (!trading.risk().killSwitch.engaged) return { changed: false };
      await waited(() => trading.releaseKill(reason), signal);
      return { changed: true };
    },
    audit: (query, { signal } = {}) => auditPage(query, deps, signal),
  };
}
