import type { ApiAccounts, ApiPnl, ApiPosition } from '@ibkit/api-contract';
import type { AccountSummary, Live, Pnl, PortfolioLine, Position } from '@ibkit/gateway-trading';
import { contractView } from './contract.js';
import { finite, known } from './known.js';

type ApiAccount = ApiAccounts['accounts'][number];

/** The summary values of an account, as the broker wrote them. */
export function accountView({ account, values }: AccountSummary): ApiAccount {
  return { account, values: values.map(({ tag, value, currency }) => known({ tag, value, currency })) };
}

function heldView({ account, contract, position }: Pick<Position, 'account' | 'contract' | 'position'>): ApiPosition {
  const { conId, symbol, localSymbol, secType, currency, expiry, strike, right, multiplier, exchange } = contractView(contract);
  return { account, conId, symbol, localSymbol, secType, currency, expiry, strike, right, multiplier, exchange, position: position + 0 };
}

/** A position as the list of positions has it: without market values. */
export function positionView(position: Position): ApiPosition {
  return known({ ...heldView(position), averageCost: finite(position.avgCost) });
}

/** A position as a portfolio has it: with market values. */
export function portfolioLineView(line: PortfolioLine): ApiPosition {
  return known({
    ...heldView(line),
    averageCost: finite(line.averageCost),
    marketPrice: finite(line.marketPrice),
    marketValue: finite(line.marketValue),
    unrealizedPnl: finite(line.unrealizedPnl),
    realizedPnl: finite(line.realizedPnl),
  });
}

/** Profit and loss of an account. */
export function pnlView(pnl: Live<Pnl>): ApiPnl {
  const { account, receivedAtMs, stale } = pnl;
  return known({ account, dailyPnl: finite(pnl.dailyPnl), unrealizedPnl: finite(pnl.unrealizedPnl), realizedPnl: finite(pnl.realizedPnl), atMs: receivedAtMs, stale });
}
