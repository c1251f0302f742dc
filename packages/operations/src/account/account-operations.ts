import type { ApiPnl, ApiPosition, BrokerOperations } from '@ibkit/api-contract';
import { AccountError } from '@ibkit/error-codes';
import { assertConnected } from '../not-connected.js';
import type { ResolvedOperationsOptions } from '../options.js';
import { accountView, pnlView, portfolioLineView, positionView } from '../views/account.js';

/** What the account operations work with. */
export type AccountDeps = Pick<ResolvedOperationsOptions, 'connection' | 'trading' | 'dataWaitMs'>;

/** Accounts, positions, profit and loss: complete lists, or an error. */
export function accountOperations(deps: AccountDeps): Pick<BrokerOperations, 'accounts' | 'positions' | 'pnl'> {
  const { connection, trading } = deps;
  return {
    accounts: async ({ tags, group }, { signal } = {}) => {
      assertConnected(connection);
      return { accounts: (await trading.account({ tags, group, signal })).map(accountView) };
    },
    positions: async ({ account, values = false }, { signal } = {}) => {
      assertConnected(connection);
      if (!values) return { positions: (await trading.positions({ account, signal })).map(positionView) };
      const positions: ApiPosition[] = [];
      // The broker has one slot for portfolios: one account after the other.
      for (const owner of account === undefined ? connection.accounts : [account]) positions.push(...(await valuedPositions(deps, owner, signal)));
      return { positions };
    },
    pnl: async ({ account }, { signal } = {}) => {
      assertConnected(connection);
      return { pnl: await pnlOfAll(deps, account === undefined ? connection.accounts : [account], signal) };
    },
  };
}

async function valuedPositions({ trading }: AccountDeps, account: string, signal: AbortSignal | undefined): Promise<readonly ApiPosition[]> {
  const { lines, ready } = await trading.portfolio({ account, signal });
  if (!ready) {
    throw new AccountError({
      code: 'IBKR_ACCOUNT_NOT_READY',
      message: 'The broker resets its servers, and says that nothing it tells of this account is to be trusted now.',
      retryable: true,
      tips: ['Ask again in a minute; positions without market values can be had meanwhile.'],
    });
  }
  // Those that were closed today are still in a portfolio, and are no positions.
  return lines.filter(({ position }) => position !== 0).map(portfolioLineView);
}

/** The first value of each account, all within one deadline: a part of the accounts would look like all of them. */
export async function pnlOfAll({ trading, dataWaitMs }: AccountDeps, accounts: readonly string[], signal: AbortSignal | undefined): Promise<ApiPnl[]> {
  const streams = [];
  try {
    for (const account of accounts) streams.push(trading.pnl(account));
    return await Promise.all(streams.map(async (stream) => pnlView(await stream.waitFor(() => true, { timeoutMs: dataWaitMs, signal }))));
  } finally {
    await Promise.all(streams.map((stream) => stream.close()));
  }
}
