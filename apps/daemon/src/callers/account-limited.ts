import type { ApiOrderTicket, ApiReconcile, DaemonOperations } from '@ibkit/api-contract';
import { mayUse } from '../tokens/caller.js';
import type { Caller } from '../tokens/caller.js';
import { accountRefusal, noSuchOrder } from './account-refusal.js';

type OfAccount = { readonly account?: string | undefined };

function accountOf(ticket: ApiOrderTicket): string | undefined {
  return ticket.kind === 'bracket' ? ticket.entry.account : ticket.account;
}

/**
 * The same operations for a token that is limited to accounts: it sees what is of them alone, acts on them alone, and whatever would reach others
 * is refused. Every operation is listed: a new one does not slip through by being forgotten.
 */
export function accountLimited(inner: DaemonOperations, caller: Caller): DaemonOperations {
  const mine = ({ account }: OfAccount): boolean => account !== undefined && mayUse(caller, account);
  const ask = ({ account }: OfAccount): void => {
    if (account !== undefined && !mayUse(caller, account)) throw accountRefusal('It may not ask for this account.');
  };
  const trade = (ticket: ApiOrderTicket): void => {
    const account = accountOf(ticket);
    if (account === undefined) throw accountRefusal('Name one of its accounts in the order.');
    if (!mayUse(caller, account)) throw accountRefusal('It may not trade in this account.');
  };
  const own = async (id: string, signal: AbortSignal | undefined): Promise<void> => {
    if (!mine(await inner.order({ id }, { signal }))) throw noSuchOrder();
  };
  const refused = (detail: string) => (): Promise<never> => Promise.reject(accountRefusal(detail));
  const everywhere = refused('This reaches every account: use a token without that limit.');
  const ofAll = refused('Tokens and recordings are not of one account: use a token without that limit.');
  const found = (report: ApiReconcile): ApiReconcile => ({
    ...report, resolved: report.resolved.filter(mine), unknown: report.unknown.filter(mine), missing: report.missing.filter(mine), foreignOrders: report.foreignOrders.filter(mine),
  });
  const { healthz, readyz, contract, quote, depth, chain, history, historyPlan, news, article, scan, histogram, gateway, startGateway, stopGateway, restartGateway, flow, error, errors, createTicket } = inner;
  return {
    healthz, readyz, contract, quote, depth, chain, history, historyPlan, news, article, scan, histogram, gateway, startGateway, stopGateway, restartGateway, flow, error, errors, createTicket,
    async status(input, options) {
      const answer = await inner.status(input, options);
      return { ...answer, connection: { ...answer.connection, accounts: answer.connection.accounts.filter((account) => mayUse(caller, account)) } };
    },
    async diagnosis(input, options) {
      const answer = await inner.diagnosis(input, options);
      // What a probe found may name accounts in any place.
      return { ...answer, probes: answer.probes.map((probe) => ({ ...probe, facts: undefined })) };
    },
    async accounts(input, options) {
      const { accounts } = await inner.accounts(input, options);
      return { accounts: accounts.filter(mine) };
    },
    async positions(input, options) {
      ask(input);
      const { positions } = await inner.positions(input, options);
      return { positions: positions.filter(mine) };
    },
    async pnl(input, options) {
      ask(input);
      const { pnl } = await inner.pnl(input, options);
      return { pnl: pnl.filter(mine) };
    },
    async orders(input, options) {
      ask(input);
      const answer = await inner.orders(input, options);
      return { ...answer, orders: answer.orders.filter(mine), foreign: answer.foreign.filter(mine) };
    },
    async previewOrder(input, options) {
      trade(input.body.ticket);
      return await inner.previewOrder(input, options);
    },
    async placeOrder(input, options) {
      trade(input.body.ticket);
      const answer = await inner.placeOrder(input, options);
      return { ...answer, orders: answer.orders.filter(mine) };
    },
    async order(input, options) {
      const order = await inner.order(input, options);
      if (!mine(order)) throw noSuchOrder();
      return order;
    },
    async modifyOrder(input, options) {
      await own(input.id, options?.signal);
      return await inner.modifyOrder(input, options);
    },
    async cancelOrder(input, options) {
      await own(input.id, options?.signal);
      return await inner.cancelOrder(input, options);
    },
    cancelAll: everywhere,
    async fills(input, options) {
      ask(input);
      const answer = await inner.fills(input, options);
      return { ...answer, fills: answer.fills.filter(mine) };
    },
    async reconcile(input, options) {
      return found(await inner.reconcile(input, options));
    },
    async lastReconcile(input, options) {
      return found(await inner.lastReconcile(input, options));
    },
    async risk(input, options) {
      const { arming, allowedAccounts, ...answer } = await inner.risk(input, options);
      return { ...answer, allowedAccounts: allowedAccounts.filter((account) => mayUse(caller, account)), arming: arming !== undefined && mine(arming) ? arming : undefined };
    },
    async arm(input, options) {
      ask(input.body);
      return await inner.arm(input, options);
    },
    async disarm(input, options) {
      const { arming } = await inner.risk({}, { signal: options?.signal });
      if (arming !== undefined && !mine(arming)) throw accountRefusal('It may not disarm another account.');
      return await inner.disarm(input, options);
    },
    kill: everywhere,
    releaseKill: everywhere,
    async audit(input, options) {
      const answer = await inner.audit(input, options);
      return { ...answer, entries: answer.entries.filter(mine) };
    },
    async connections(input, options) {
      const { connections } = await inner.connections(input, options);
      return { connections: connections.filter(({ tokenId }) => tokenId === caller.tokenId), topics: [] };
    },
    recordings: ofAll, startRecording: ofAll, stopRecording: ofAll, tokens: ofAll, createToken: ofAll, revokeToken: ofAll,
  };
}
