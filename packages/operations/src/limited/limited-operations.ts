import type { ApiPosition, ApiReconcile, ApiRisk, BrokerOperations } from '@ibkit/api-contract';
import type { Clock } from '@ibkit/clock';
import { describeError } from '@ibkit/error-codes';
import { GATE_REASONS } from '@ibkit/gateway-trading';
import { pnlOfAll } from '../account/account-operations.js';
import type { AccountDeps } from '../account/account-operations.js';
import type { RecentErrors } from '../errors/recent-errors.js';
import { assertConnected } from '../not-connected.js';
import { fillPage } from '../orders/fill-pages.js';
import type { OrderDeps } from '../orders/order-deps.js';
import { orderPage } from '../orders/order-pages.js';
import { auditPage } from '../risk/audit-pages.js';
import type { RiskDeps } from '../risk/risk-deps.js';
import { mayReadEntry } from './visible.js';
import type { IsVisible } from './visible.js';

/** What the operations of somebody with some accounts work with. */
export interface LimitedDeps extends AccountDeps {
  readonly clock: Clock;
  readonly trading: AccountDeps['trading'] & OrderDeps['trading'] & RiskDeps['trading'];
  readonly audit?: RiskDeps['audit'];
  readonly errors: Pick<RecentErrors, 'newest'>;
}

/** The answers that are about accounts. */
type LimitedName = 'status' | 'diagnosis' | 'accounts' | 'positions' | 'pnl' | 'orders' | 'fills' | 'reconcile' | 'lastReconcile' | 'risk' | 'audit' | 'errors';

/** What goes wrong with orders is in the orders themselves; here it would tell what others do. */
const OF_ORDERS = /^IBKR_(?:ORDER|BRACKET|POSITIONS|SPREAD|COMBO|CANCEL|PREVIEW|WHAT_IF)_/u;
const ERRORS = 500;

/**
 * Answers for somebody who is limited to accounts: what is of them, and no sign of others, also not in counts, in cursors, or in how far a page reaches.
 * What acts, and what is not about accounts, is left to the operations without a limit.
 */
export function limitedOperations(inner: Pick<BrokerOperations, LimitedName>, accounts: readonly string[], deps: LimitedDeps): Pick<BrokerOperations, LimitedName> {
  const { connection, trading, errors } = deps;
  const set = new Set(accounts);
  const isVisible: IsVisible = (account) => account !== undefined && set.has(account);
  const visible = ({ account }: { readonly account?: string | undefined }): boolean => isVisible(account);
  /** Theirs in this session. */
  const theirs = (): readonly string[] => connection.accounts.filter(isVisible);
  const found = (report: ApiReconcile): ApiReconcile => {
    const { startedAtMs, finishedAtMs } = report;
    return {
      ...report,
      resolved: report.resolved.filter(visible), unknown: report.unknown.filter(visible), missing: report.missing.filter(visible), foreignOrders: report.foreignOrders.filter(visible),
      newFills: trading.fills().filter((fill) => visible(fill) && fill.atMs >= startedAtMs && fill.atMs <= finishedAtMs).length,
    };
  };
  return {
    status: async (input, options) => {
      const answer = await inner.status(input, options);
      return { ...answer, connection: { ...answer.connection, accounts: answer.connection.accounts.filter(isVisible) } };
    },
    diagnosis: async (input, options) => {
      const answer = await inner.diagnosis(input, options);
      // What is known of accounts, also how many there are, may be in any of its words.
      return { ...answer, probes: answer.probes.filter(({ name }) => name !== 'account').map(({ facts, ...probe }) => probe) };
    },
    accounts: async (input, options) => {
      const answer = await inner.accounts(input, options);
      return { accounts: answer.accounts.filter(visible) };
    },
    positions: async (input, options) => {
      if (input.values !== true || input.account !== undefined) return { positions: (await inner.positions(input, options)).positions.filter(visible) };
      assertConnected(connection);
      const positions: ApiPosition[] = [];
      for (const account of theirs()) positions.push(...(await inner.positions({ ...input, account }, options)).positions.filter(visible));
      return { positions };
    },
    pnl: async (input, { signal } = {}) => {
      assertConnected(connection);
      return { pnl: await pnlOfAll(deps, input.account === undefined ? theirs() : [input.account].filter(isVisible), signal) };
    },
    // Asynchronous, so that what is wrong with a question is a rejection.
    // eslint-disable-next-line @typescript-eslint/require-await
    orders: async (query) => orderPage(query, deps, isVisible),
    // eslint-disable-next-line @typescript-eslint/require-await
    fills: async (query) => fillPage(query, deps, isVisible),
    reconcile: async (input, options) => found(await inner.reconcile(input, options)),
    lastReconcile: async (input, options) => found(await inner.lastReconcile(input, options)),
    risk: async (input, options) => limitedRisk(await inner.risk(input, options), set, trading.orders().filter((order) => order.status === 'unknown' && visible(order)).length),
    audit: (query, { signal } = {}) => auditPage(query, deps, signal, (entry) => mayReadEntry(entry, set)),
    errors: ({ limit = ERRORS }) =>
      Promise.resolve({ errors: errors.newest(Number.POSITIVE_INFINITY).filter(({ code, ibCode }) => !OF_ORDERS.test(code) && (ibCode === undefined || describeError(ibCode).scope !== 'order')).slice(0, limit) }),
  };
}

/**
 * What limits orders, for somebody who is limited to accounts. The caps are those of all accounts together; what is used up of them is left out, because it
 * would tell what others do. An arming of another account opens no gate for them. @param unknownOrders theirs
 */
export function limitedRisk(risk: ApiRisk, accounts: ReadonlySet<string>, unknownOrders: number): ApiRisk {
  const { arming, today, gate, allowedAccounts, ...rest } = risk;
  const isTheirs = arming !== undefined && accounts.has(arming.account);
  const isForOthers = arming !== undefined && !isTheirs && !gate.some(({ reason }) => reason === 'NOT_ARMED');
  return {
    ...rest,
    gate: isForOthers ? [...gate, { reason: 'NOT_ARMED', explanation: GATE_REASONS.NOT_ARMED }] : gate,
    allowedAccounts: allowedAccounts.filter((account) => accounts.has(account)),
    ...(isTheirs ? { arming } : {}),
    unknownOrders,
  };
}
