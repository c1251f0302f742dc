import type { ApiOrderTicket, BrokerOperations, DaemonOperations } from '@ibkit/api-contract';
import { isIbkrError } from '@ibkit/error-codes';
import { mayUse } from '../tokens/caller.js';
import type { Caller } from '../tokens/caller.js';
import { accountRefusal, noSuchOrder } from './account-refusal.js';

type OfAccount = { readonly account?: string | undefined };

function accountOf(ticket: ApiOrderTicket): string | undefined {
  return ticket.kind === 'bracket' ? ticket.entry.account : ticket.account;
}

/**
 * The operations of a token that is limited to accounts: it asks for them alone, acts on them alone, and whatever would reach others is refused, as
 * `accounts` of each route says. Every operation is listed: a new one does not slip through by being forgotten.
 * @param inner whose answers are limited already, as `limitedTo` of the operations limits them
 * @param all what shows every account
 */
export function accountLimited(inner: DaemonOperations, caller: Caller, all: Pick<BrokerOperations, 'risk'>): DaemonOperations {
  const mine = ({ account }: OfAccount): boolean => account !== undefined && mayUse(caller, account);
  const ask = ({ account }: OfAccount): void => {
    if (account !== undefined && !mayUse(caller, account)) throw accountRefusal('It may not ask for this account.');
  };
  const trade = (ticket: ApiOrderTicket): void => {
    const account = accountOf(ticket);
    if (account === undefined) throw accountRefusal('Name one of its accounts in the order.');
    if (!mayUse(caller, account)) throw accountRefusal('It may not trade in this account.');
  };
  /** The order, if it is theirs: one of others and one that is not there look the same. */
  const own: BrokerOperations['order'] = async (input, options) => {
    const order = await inner.order(input, options).catch((error: unknown) => {
      throw isIbkrError(error) && error.code === 'IBKR_ORDER_NOT_FOUND' ? noSuchOrder() : error;
    });
    if (!mine(order)) throw noSuchOrder();
    return order;
  };
  const refused = (detail: string) => (): Promise<never> => Promise.reject(accountRefusal(detail));
  const everywhere = refused('This reaches every account: use a token without that limit.');
  const ofAll = refused('Tokens and recordings are not of one account: use a token without that limit.');
  const { healthz, readyz, status, diagnosis, accounts, contract, quote, depth, chain, history, historyPlan, news, article, scan, histogram, reconcile, lastReconcile, risk, audit, gateway, flow, error, errors, createTicket } = inner;
  return {
    healthz, readyz, status, diagnosis, accounts, contract, quote, depth, chain, history, historyPlan, news, article, scan, histogram, reconcile, lastReconcile, risk, audit, gateway, flow, error, errors, createTicket,
    async positions(input, options) {
      ask(input);
      return await inner.positions(input, options);
    },
    async pnl(input, options) {
      ask(input);
      return await inner.pnl(input, options);
    },
    async orders(input, options) {
      ask(input);
      return await inner.orders(input, options);
    },
    async fills(input, options) {
      ask(input);
      return await inner.fills(input, options);
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
    order: own,
    async modifyOrder(input, options) {
      await own(input, { signal: options?.signal });
      return await inner.modifyOrder(input, options);
    },
    async cancelOrder(input, options) {
      await own(input, { signal: options?.signal });
      return await inner.cancelOrder(input, options);
    },
    async arm(input, options) {
      ask(input.body);
      const { arming } = await all.risk({}, { signal: options?.signal });
      // There is one arming: a new one would end that of the other account.
      if (arming !== undefined && !mine(arming)) throw accountRefusal('Live trading is armed for another account now, and arming this one would end that.');
      return await inner.arm(input, options);
    },
    async disarm(input, options) {
      // That of another account is not shown to them, and so there is none that they could end.
      const { arming } = await inner.risk({}, { signal: options?.signal });
      return arming === undefined ? { changed: false } : await inner.disarm(input, options);
    },
    async connections(input, options) {
      const { connections } = await inner.connections(input, options);
      return { connections: connections.filter(({ tokenId }) => tokenId === caller.tokenId), topics: [] };
    },
    cancelAll: everywhere, kill: everywhere, releaseKill: everywhere, startGateway: everywhere, stopGateway: everywhere, restartGateway: everywhere,
    recordings: ofAll, startRecording: ofAll, stopRecording: ofAll, tokens: ofAll, createToken: ofAll, revokeToken: ofAll,
  };
}
