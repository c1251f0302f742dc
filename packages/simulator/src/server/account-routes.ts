import type { Position } from '../brokerage/brokerage.js';
import { AccountSummary } from './account-summary.js';
import { AccountUpdates } from './account-updates.js';
import { decimal, decimalOrNone } from './amounts.js';
import type { ClientSession } from './client-session.js';
import { contractOf } from './instrument-contract.js';
import { streamPnl } from './pnl-stream.js';
import { route } from './route.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';

/** The streams that have no request id of their own. */
const ONLY_ONE = 0;

function sendPosition(session: ClientSession, { account, instrument, position, avgCost }: Position): void {
  session.send({ type: 'position', account, contract: contractOf(instrument), position, avgCost: decimal(avgCost) });
}

/** TWS API: the positions of this moment, an end mark, then every change. */
function positionRoutes({ brokerage }: RouteContext): readonly Route[] {
  return [
    route('reqPositions', (session) => {
      for (const position of brokerage.positions()) sendPosition(session, position);
      session.send({ type: 'positionEnd' });
      const unlisten = brokerage.on((event) => {
        if (event.kind === 'position') sendPosition(session, event.position);
      });
      session.hold('positions', ONLY_ONE, unlisten);
    }),
    route('cancelPositions', (session) => {
      session.release('positions', ONLY_ONE);
    }),
    route('reqPositionsMulti', (session, { reqId, account = '', modelCode = '' }) => {
      if (!knows(brokerage.accounts, session, reqId, account)) return;
      const send = ({ account: owner, instrument, position, avgCost }: Position): void => {
        session.send({ type: 'positionMulti', reqId, account: owner, contract: contractOf(instrument), position, avgCost: decimal(avgCost), modelCode });
      };
      for (const position of brokerage.positions(account === '' ? undefined : account)) send(position);
      session.send({ type: 'positionMultiEnd', reqId });
      const unlisten = brokerage.on((event) => {
        if (event.kind === 'position' && (account === '' || event.position.account === account)) send(event.position);
      });
      session.hold('positionsMulti', reqId, unlisten);
    }),
    route('cancelPositionsMulti', (session, { reqId }) => {
      session.release('positionsMulti', reqId);
    }),
  ];
}

/** Whether the account is one of the simulator's, or left open; otherwise the client is told. */
function knows(accounts: readonly string[], session: ClientSession, id: number, account: string): boolean {
  if (account === '' || accounts.includes(account)) return true;
  session.sendError(id, 321, "Error validating request.-'account' : cause - Invalid account code");
  return false;
}

function summaryRoutes({ brokerage, market, limits }: RouteContext): readonly Route[] {
  return [
    route('reqAccountSummary', (session, { reqId, group, tags }) => {
      if (group !== 'All') {
        session.sendError(reqId, 321, "Error validating request.-'reqAccountSummary' : cause - There is no such account group, use All");
        return;
      }
      const held = session.held('accountSummary').filter((id) => id !== reqId);
      if (held.length >= limits.accountSummaries) {
        session.sendError(reqId, 322, "Error processing request.-'reqAccountSummary' : cause - Maximum number of account summary requests exceeded");
        return;
      }
      const summary = new AccountSummary({ session, reqId, tags, brokerage, market });
      session.hold('accountSummary', reqId, () => {
        summary.stop();
      });
      summary.start();
    }),
    route('cancelAccountSummary', (session, { reqId }) => {
      session.release('accountSummary', reqId);
    }),
  ];
}

function updateRoutes({ brokerage, market }: RouteContext): readonly Route[] {
  return [
    route('reqAccountUpdates', (session, { subscribe, acctCode = '' }) => {
      if (!subscribe) {
        session.release('accountUpdates', ONLY_ONE);
        return;
      }
      if (!knows(brokerage.accounts, session, -1, acctCode)) return;
      const account = acctCode === '' ? brokerage.accounts[0] : acctCode;
      if (account === undefined) return;
      const updates = new AccountUpdates({ session, account, brokerage, market });
      // TWS API: one account per connection; a second one takes the place of the first.
      session.hold('accountUpdates', ONLY_ONE, () => {
        updates.stop();
      });
      updates.start();
    }),
    route('reqAccountUpdatesMulti', (session, { reqId, account = '', modelCode = '' }) => {
      if (!knows(brokerage.accounts, session, reqId, account)) return;
      const sent = new Map<string, string>();
      const send = (owner: string): void => {
        for (const { key, value, currency } of brokerage.accountValues(owner)) {
          const name = `${owner} ${key} ${currency}`;
          if (sent.get(name) === value) continue;
          sent.set(name, value);
          session.send({ type: 'accountUpdateMulti', reqId, account: owner, modelCode, key, value, currency });
        }
      };
      const owners = account === '' ? brokerage.accounts : [account];
      for (const owner of owners) send(owner);
      session.send({ type: 'accountUpdateMultiEnd', reqId });
      const unlisten = brokerage.on((event) => {
        if (event.kind === 'account' && owners.includes(event.account)) send(event.account);
      });
      session.hold('accountUpdatesMulti', reqId, unlisten);
    }),
    route('cancelAccountUpdatesMulti', (session, { reqId }) => {
      session.release('accountUpdatesMulti', reqId);
    }),
  ];
}

function pnlRoutes({ brokerage, market }: RouteContext): readonly Route[] {
  return [
    route('reqPnL', (session, { reqId, account }) => {
      if (!knows(brokerage.accounts, session, reqId, account)) return;
      const owner = account === '' ? (brokerage.accounts[0] ?? '') : account;
      const stop = streamPnl(
        market,
        () => brokerage.pnl(owner),
        ({ daily, unrealized, realized }) => {
          session.send({ type: 'pnl', reqId, dailyPnL: decimal(daily), unrealizedPnL: decimal(unrealized), realizedPnL: decimal(realized) });
        },
      );
      session.hold('pnl', reqId, stop);
    }),
    route('cancelPnL', (session, { reqId }) => {
      if (!session.release('pnl', reqId)) session.sendError(reqId, 10185, 'Failed to cancel PNL (not subscribed)');
    }),
    route('reqPnLSingle', (session, { reqId, account, conId }) => {
      if (!knows(brokerage.accounts, session, reqId, account)) return;
      const owner = account === '' ? (brokerage.accounts[0] ?? '') : account;
      const stop = streamPnl(
        market,
        () => ({ reading: brokerage.pnlSingle(owner, conId) }),
        ({ reading }) => {
          // TWS API: a position that there is not shows as 0 with unset amounts.
          session.send({
            type: 'pnlSingle',
            reqId,
            position: reading?.position ?? 0,
            dailyPnL: decimalOrNone(reading?.daily),
            unrealizedPnL: decimalOrNone(reading?.unrealized),
            realizedPnL: decimalOrNone(reading?.realized),
            value: decimalOrNone(reading?.value),
          });
        },
      );
      session.hold('pnlSingle', reqId, stop);
    }),
    route('cancelPnLSingle', (session, { reqId }) => {
      if (!session.release('pnlSingle', reqId)) session.sendError(reqId, 10185, 'Failed to cancel PNL single (not subscribed)');
    }),
  ];
}

/** Accounts: positions, values, profit and loss. */
export function accountRoutes(context: RouteContext): readonly Route[] {
  return [...positionRoutes(context), ...summaryRoutes(context), ...updateRoutes(context), ...pnlRoutes(context)];
}
